import { createId, CspError } from '@claude-sdk-pattern/protocol';

import { getPermitted } from '../../access/get-permitted.ts';
import type { AuditRecorder } from '../../audit/audit-log.ts';
import type { JsonObject } from '../../audit/canonical-json.ts';
import { toFactActor, type AuditAction } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import type { Store, StoreTransaction } from '../../store/port.ts';
import type { StoredSkill, StoredSkillVersion } from '../../store/skills.ts';
import type { ContentStore } from '../content/content-store.ts';
import { SkillUpload, type ReadySkill } from './skill-upload.ts';

/** A skill with its newest version. */
export interface ShownSkill extends StoredSkill {
  latestVersionId: string;
}

export interface ShownVersion extends StoredSkillVersion {
  name: string;
}

interface Page {
  limit: number;
  cursor?: string;
}

/**
 * Skills that people upload. They are their owner's: others get them with an agent that names them. Methods throw
 * `not_found` for what the actor may not see.
 */
export interface SkillService {
  /** Where the parts of a form are put. Dispose of it. */
  receive(): Promise<SkillUpload>;
  /** @throws CspError `quota_exceeded` */
  create(actor: Actor, ready: ReadySkill, displayName: string | undefined): Promise<ShownSkill>;
  get(actor: Actor, id: string): Promise<ShownSkill>;
  list(actor: Actor, page: Page): Promise<{ skills: ShownSkill[]; nextCursor: string | null }>;
  /** With all its versions. */
  delete(actor: Actor, id: string): Promise<void>;
  /** @throws CspError `invalid_request` for a skill of another name, `quota_exceeded` */
  addVersion(actor: Actor, id: string, ready: ReadySkill): Promise<ShownVersion>;
  /** @param version An id, or `latest`. */
  getVersion(actor: Actor, id: string, version: string): Promise<ShownVersion>;
  /** The folder of its content. Throws `not_found` where this server does not have it. */
  openVersion(actor: Actor, id: string, version: string): Promise<{ version: ShownVersion; dir: string }>;
  listVersions(actor: Actor, id: string, page: Page): Promise<{ versions: ShownVersion[]; nextCursor: string | null }>;
  /** @throws CspError `invalid_request` for the only version */
  deleteVersion(actor: Actor, id: string, version: string): Promise<void>;
  handOverAll(ownerId: string, nextOwnerId: string): Promise<void>;
  deleteAll(ownerId: string): Promise<void>;
}

export interface SkillServiceDeps {
  store: Pick<Store, 'skills' | 'transaction'>;
  audit: AuditRecorder;
  content: ContentStore;
  /** Versions of one user, and their bytes. */
  quota: { count: number; bytes: number };
  /** Whether a process may have that content, which then stays until the server starts again. */
  isUsed: (digest: string) => boolean;
}

/**
 * Removes content that no skill refers to, then serves.
 *
 * Over 100 lines: one method for each operation.
 */
export async function openSkillService(deps: SkillServiceDeps): Promise<SkillService> {
  const { store, audit, content, quota, isUsed } = deps;
  const { skills } = store;
  /** One after the other, so that content is not removed while another version of the same skill comes with it. */
  const changes = createSerialQueue();

  const find = async (actor: Actor, action: 'skill.read' | 'skill.update' | 'skill.delete', id: string) =>
    getPermitted(actor, action, { found: await skills.find(id), name: `skill ${id}` });

  const findVersion = async (skill: StoredSkill, version: string): Promise<ShownVersion> => {
    const [found] = version === 'latest' ? await skills.findLatest([skill.id]) : [await skills.findVersion(version)];
    if (found?.skillId !== skill.id)
      throw new CspError('not_found', `There is no version ${version} of skill ${skill.id}`);
    return { ...found, name: skill.name };
  };

  const assertRoom = async (ownerId: string, added: number): Promise<void> => {
    const { count, bytes } = await skills.measure(ownerId);
    if (count < quota.count && bytes + added <= quota.bytes) return;
    const [held, most] = [bytes, quota.bytes].map((each) => Math.ceil(each / 1024 / 1024));
    throw new CspError(
      'quota_exceeded',
      `You have ${count} versions of skills of ${held} MB together, and may have ${quota.count} of ${most} MB. Delete some first`,
      { details: { limit: quota.count, limit_bytes: quota.bytes, count, bytes } },
    );
  };

  const record = (
    fact: { actor: Actor; action: AuditAction; skill: Pick<StoredSkill, 'id' | 'name'>; details?: JsonObject },
    transaction: StoreTransaction,
  ) =>
    audit.record(
      {
        ...{ actor: toFactActor(fact.actor), action: fact.action, target: { type: 'skill', id: fact.skill.id } },
        details: { name: fact.skill.name, ...fact.details },
      },
      transaction,
    );

  const keep = async (
    { ownerId, id: skillId }: Pick<StoredSkill, 'ownerId' | 'id'>,
    { description, digest, sizeBytes, path }: ReadySkill,
    work: (
      version: Omit<StoredSkillVersion, 'createdAt'>,
      transaction: StoreTransaction,
    ) => Promise<StoredSkillVersion | undefined>,
  ): Promise<StoredSkillVersion> => {
    await assertRoom(ownerId, sizeBytes);
    await content.publish(path, { name: skillId, digest });
    const version = { id: createId('skver'), skillId, description, digest, sizeBytes };
    // Content without a row is removed when the server starts.
    const stored = await store.transaction((transaction) => work(version, transaction));
    if (stored === undefined) throw new CspError('not_found', `There is no skill ${skillId}`);
    return stored;
  };

  const removeUnused = async (skillId: string, digests: readonly string[]): Promise<void> => {
    const kept = new Set((await skills.listVersions({ skillId, limit: 10_000 })).versions.map(({ digest }) => digest));
    for (const digest of new Set(digests))
      if (!kept.has(digest) && !isUsed(digest)) await content.remove({ name: skillId, digest });
  };

  const deleteSkill = async (skill: StoredSkill, actor: Actor | undefined): Promise<void> => {
    const { versions } = await skills.listVersions({ skillId: skill.id, limit: 10_000 });
    await store.transaction(async (transaction) => {
      if (!(await transaction.skills.delete(skill.id))) return;
      if (actor) await record({ actor, action: 'skill.delete', skill }, transaction);
    });
    await removeUnused(
      skill.id,
      versions.map(({ digest }) => digest),
    );
  };

  await content.sweep(new Set((await skills.listDigests()).map(({ skillId, digest }) => `${skillId}/${digest}`)));

  return {
    receive: async () => SkillUpload.open(await content.stage()),

    create: (actor, ready, displayName) =>
      changes.run(async () => {
        const skill = {
          ...{ id: createId('skill'), ownerId: actor.userId, name: ready.name },
          displayName: displayName ?? ready.name,
        };
        let stored: StoredSkill | undefined;
        const version = await keep(skill, ready, async (wanted, transaction) => {
          stored = await transaction.skills.create(skill);
          const details = { version_id: wanted.id, digest: wanted.digest };
          await record({ actor, action: 'skill.create', skill, details }, transaction);
          return transaction.skills.addVersion(wanted);
        });
        return { ...(stored as StoredSkill), updatedAt: version.createdAt, latestVersionId: version.id };
      }),

    async get(actor, id) {
      const skill = await find(actor, 'skill.read', id);
      return { ...skill, latestVersionId: (await findVersion(skill, 'latest')).id };
    },

    async list(actor, page) {
      const found = await skills.list({ ...page, ownerId: actor.userId });
      const latest = await skills.findLatest(found.skills.map(({ id }) => id));
      const latestOf = new Map(latest.map(({ skillId, id }) => [skillId, id]));
      // One that is deleted meanwhile has no version.
      const shown = found.skills.flatMap((skill) => {
        const latestVersionId = latestOf.get(skill.id);
        return latestVersionId === undefined ? [] : [{ ...skill, latestVersionId }];
      });
      return { skills: shown, nextCursor: found.nextCursor };
    },

    delete: (actor, id) => changes.run(async () => deleteSkill(await find(actor, 'skill.delete', id), actor)),

    addVersion: (actor, id, ready) =>
      changes.run(async () => {
        const skill = await find(actor, 'skill.update', id);
        if (ready.name !== skill.name)
          throw new CspError(
            'invalid_request',
            `The files are of a skill ${ready.name}; every version of ${id} is named ${skill.name}. Create another skill for it`,
            { details: { field: 'files' } },
          );
        const stored = await keep(skill, ready, async (wanted, transaction) => {
          const details = { added: wanted.id, digest: wanted.digest };
          await record({ actor, action: 'skill.update', skill, details }, transaction);
          return transaction.skills.addVersion(wanted);
        });
        return { ...stored, name: skill.name };
      }),

    getVersion: async (actor, id, version) => findVersion(await find(actor, 'skill.read', id), version),

    async openVersion(actor, id, wanted) {
      const version = await findVersion(await find(actor, 'skill.read', id), wanted);
      const at = { name: id, digest: version.digest };
      if (!(await content.has(at)))
        throw new CspError('not_found', `The content of version ${version.id} is not on this server. Upload it again`);
      return { version, dir: content.toDir(at) };
    },

    async listVersions(actor, id, page) {
      const { name } = await find(actor, 'skill.read', id);
      const { versions, nextCursor } = await skills.listVersions({ ...page, skillId: id });
      return { versions: versions.map((version) => ({ ...version, name })), nextCursor };
    },

    deleteVersion: (actor, id, wanted) =>
      changes.run(async () => {
        const skill = await find(actor, 'skill.update', id);
        const version = await findVersion(skill, wanted);
        await store.transaction(async (transaction) => {
          if (!(await transaction.skills.deleteVersion(version)))
            throw new CspError(
              'invalid_request',
              `${version.id} is the only version of ${id}, which must have one. Delete the skill instead`,
            );
          await record({ actor, action: 'skill.update', skill, details: { deleted: version.id } }, transaction);
        });
        await removeUnused(id, [version.digest]);
      }),

    handOverAll: (ownerId, nextOwnerId) => skills.giveTo(ownerId, nextOwnerId),

    async deleteAll(ownerId) {
      for (const id of await skills.listOwned(ownerId))
        await changes.run(async () => {
          const skill = await skills.find(id);
          if (skill !== undefined) await deleteSkill(skill, undefined);
        });
    },
  };
}
