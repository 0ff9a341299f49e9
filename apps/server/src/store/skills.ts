import type { Selectable } from 'kysely';

import { parseCursor, toCursor } from './cursor.ts';
import { toPlainText } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { SkillTable, SkillVersionTable } from './schema.ts';

/** A skill that somebody uploaded. It has one version at least. */
export interface StoredSkill {
  id: string;
  ownerId: string;
  /** Its name for agents; never changes. */
  name: string;
  /** For people. */
  displayName: string;
  createdAt: string;
  /** When its versions changed last. */
  updatedAt: string;
}

/** A version never changes. */
export interface StoredSkillVersion {
  id: string;
  skillId: string;
  description: string;
  /** SHA-256 of its content, which is on disk. */
  digest: string;
  sizeBytes: number;
  createdAt: string;
}

export type NewSkill = Pick<StoredSkill, 'id' | 'ownerId' | 'name' | 'displayName'>;
export type NewSkillVersion = Omit<StoredSkillVersion, 'createdAt'>;

interface PageOptions {
  limit: number;
  cursor?: string | null;
}

export interface SkillRepository {
  create(skill: NewSkill): Promise<StoredSkill>;
  find(id: string): Promise<StoredSkill | undefined>;
  /** Last made first. Throws `invalid_cursor`. */
  list(options: PageOptions & { ownerId: string }): Promise<{ skills: StoredSkill[]; nextCursor: string | null }>;
  /** Deletes it with all its versions; false when there was none. */
  delete(id: string): Promise<boolean>;
  /** Undefined when the skill is gone. */
  addVersion(version: NewSkillVersion): Promise<StoredSkillVersion | undefined>;
  findVersion(id: string): Promise<StoredSkillVersion | undefined>;
  /** The newest of each skill, in no order. */
  findLatest(skillIds: readonly string[]): Promise<StoredSkillVersion[]>;
  /** Last made first. Throws `invalid_cursor`. */
  listVersions(
    options: PageOptions & { skillId: string },
  ): Promise<{ versions: StoredSkillVersion[]; nextCursor: string | null }>;
  /** False when it is gone, or the only one. */
  deleteVersion(version: Pick<StoredSkillVersion, 'id' | 'skillId'>): Promise<boolean>;
  /** All content that versions refer to. */
  listDigests(): Promise<{ skillId: string; digest: string }[]>;
  /** Counts the versions of a user's skills and their bytes. */
  measure(ownerId: string): Promise<{ count: number; bytes: number }>;
  giveTo(ownerId: string, nextOwnerId: string): Promise<void>;
  listOwned(ownerId: string): Promise<string[]>;
}

/** Over 100 lines: one method for each statement. */
export function createSkillRepository({ db, now }: RepositoryContext): SkillRepository {
  const touch = async (id: string, at: string): Promise<boolean> => {
    // Also locks the row: of two changes of one skill at once, the second waits for the first.
    const { numUpdatedRows } = await db
      .updateTable('skills')
      .set({ updated_at: at })
      .where('id', '=', id)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  };
  const versions = () => db.selectFrom('skill_versions').selectAll();

  return {
    async create(skill) {
      const at = now();
      const row = {
        ...{ id: skill.id, owner_id: skill.ownerId, name: skill.name, display_name: toPlainText(skill.displayName) },
        ...{ created_at: at, updated_at: at },
      };
      await db.insertInto('skills').values(row).execute();
      return toSkill(row);
    },

    async find(id) {
      const row = await db.selectFrom('skills').selectAll().where('id', '=', id).executeTakeFirst();
      return row && toSkill(row);
    },

    async list({ ownerId, limit, cursor }) {
      let query = db.selectFrom('skills').selectAll().where('owner_id', '=', ownerId);
      if (cursor) {
        const place = parseCursor(cursor);
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple(place.value, place.id)),
        );
      }
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return { skills: rows.slice(0, limit).map(toSkill), nextCursor: toNextCursor(rows, limit) };
    },

    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('skills').where('id', '=', id).executeTakeFirst();
      await db.deleteFrom('skill_versions').where('skill_id', '=', id).execute();
      return numDeletedRows > 0n;
    },

    async addVersion(version) {
      const at = now();
      if (!(await touch(version.skillId, at))) return undefined;
      const row = {
        ...{ id: version.id, skill_id: version.skillId, description: toPlainText(version.description) },
        ...{ digest: version.digest, size_bytes: version.sizeBytes, created_at: at },
      };
      await db.insertInto('skill_versions').values(row).execute();
      return toVersion(row);
    },

    async findVersion(id) {
      const row = await versions().where('id', '=', id).executeTakeFirst();
      return row && toVersion(row);
    },

    async findLatest(skillIds) {
      if (skillIds.length === 0) return [];
      const rows = await db
        .selectFrom('skill_versions as v')
        .selectAll('v')
        .where('v.skill_id', 'in', skillIds)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('skill_versions as other')
                .select('other.id')
                .whereRef('other.skill_id', '=', 'v.skill_id')
                .where(({ eb, refTuple }) =>
                  eb(refTuple('other.created_at', 'other.id'), '>', refTuple('v.created_at', 'v.id')),
                ),
            ),
          ),
        )
        .execute();
      return rows.map(toVersion);
    },

    async listVersions({ skillId, limit, cursor }) {
      let query = versions().where('skill_id', '=', skillId);
      if (cursor) {
        const place = parseCursor(cursor);
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'id'), '<', tuple(place.value, place.id)),
        );
      }
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return { versions: rows.slice(0, limit).map(toVersion), nextCursor: toNextCursor(rows, limit) };
    },

    async deleteVersion({ id, skillId }) {
      if (!(await touch(skillId, now()))) return false;
      const { numDeletedRows } = await db
        .deleteFrom('skill_versions')
        .where('id', '=', id)
        .where('skill_id', 'in', (eb) =>
          eb
            .selectFrom('skill_versions as other')
            .select('other.skill_id')
            .where('other.skill_id', '=', skillId)
            .where('other.id', '!=', id),
        )
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async listDigests() {
      const rows = await db.selectFrom('skill_versions').select(['skill_id', 'digest']).execute();
      return rows.map(({ skill_id: skillId, digest }) => ({ skillId, digest }));
    },

    async measure(ownerId) {
      const { count, bytes } = await db
        .selectFrom('skill_versions as v')
        .innerJoin('skills as s', 's.id', 'v.skill_id')
        .where('s.owner_id', '=', ownerId)
        .select(({ fn }) => [fn.countAll().as('count'), fn.sum('v.size_bytes').as('bytes')])
        .executeTakeFirstOrThrow();
      return { count: Number(count), bytes: Number(bytes ?? 0) };
    },

    async giveTo(ownerId, nextOwnerId) {
      await db.updateTable('skills').set({ owner_id: nextOwnerId }).where('owner_id', '=', ownerId).execute();
    },

    async listOwned(ownerId) {
      const rows = await db.selectFrom('skills').select('id').where('owner_id', '=', ownerId).execute();
      return rows.map(({ id }) => id);
    },
  };
}

function toNextCursor(rows: readonly { created_at: string; id: string }[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last ? toCursor({ value: last.created_at, id: last.id }) : null;
}

function toSkill(row: Selectable<SkillTable>): StoredSkill {
  return {
    ...{ id: row.id, ownerId: row.owner_id, name: row.name, displayName: row.display_name },
    ...{ createdAt: row.created_at, updatedAt: row.updated_at },
  };
}

function toVersion(row: Selectable<SkillVersionTable>): StoredSkillVersion {
  return {
    ...{ id: row.id, skillId: row.skill_id, description: row.description, digest: row.digest },
    ...{ sizeBytes: row.size_bytes, createdAt: row.created_at },
  };
}
