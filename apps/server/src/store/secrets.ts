import type { ExpressionBuilder, Selectable } from 'kysely';

import type { Definition } from './definitions.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { SecretTable, StoreTables } from './schema.ts';

export const SECRET_SCOPES = [
  ...['platform', 'agent', 'user', 'vault'],
  // What the server keeps itself of sign-ins to MCP servers; the owner is a user, or empty for the platform.
  ...['mcp_sign_in', 'mcp_sign_in_begun', 'mcp_client'],
  // Of the webhook through which others run a deployment.
  'deployment',
  // Of repositories of a session; the owner is the session.
  'session',
] as const;
export type SecretScope = (typeof SECRET_SCOPES)[number];

/** Whose secrets. `ownerId` is the id of the agent, the user or the vault, and empty for the platform. */
export interface SecretOwner {
  scope: SecretScope;
  ownerId: string;
}

/** Where a secret is: no two have the same place. */
export interface SecretPlace extends SecretOwner {
  name: string;
}

/** A value that is encrypted with a key of its own, which is encrypted ("wrapped") with a key of the server. */
export interface SealedSecret {
  /** Which key of the server has wrapped the value's own key. */
  keyId: string;
  wrappedKey: string;
  ciphertext: string;
}

/** What may be told of a secret. */
export interface SecretInfo extends SecretPlace {
  createdAt: string;
  updatedAt: string;
  /** Id of the user who set its value last; null where nobody noted it. */
  updatedBy: string | null;
}

/** A secret of an agent, with what says who may see it. */
export interface AgentSecretInfo extends SecretInfo {
  agent: Pick<Definition, 'name' | 'ownerId' | 'scope'>;
}

export interface SecretRepository {
  /** Makes or replaces the secret at this place. `by` is the id of the user who does so. */
  put(place: SecretPlace, sealed: SealedSecret, by?: string | null): Promise<void>;
  find(place: SecretPlace): Promise<SealedSecret | undefined>;
  /** Replaces the secret where it still is the one that was read; false where it was replaced, wrapped anew or deleted since. */
  replace(place: SecretPlace, before: Pick<SealedSecret, 'wrappedKey'>, next: SealedSecret): Promise<boolean>;
  /** By name. */
  list(owner: SecretOwner): Promise<SecretInfo[]>;
  /** Those of agents that the user has or everybody may use; of one agent after the other, by name. */
  listOfAgents(options: { visibleTo: string; limit: number }): Promise<AgentSecretInfo[]>;
  count(owner: SecretOwner): Promise<number>;
  /** False when there was none. */
  delete(place: SecretPlace): Promise<boolean>;
  /** Deletes all that the owner has. */
  deleteAll(owner: SecretOwner): Promise<void>;
  /** Those that another key than this one has wrapped, in the order of their places, after a place where one is given. */
  listWrappedByOthers(
    keyId: string,
    page: { after?: SecretPlace | undefined; limit: number },
  ): Promise<(SecretPlace & SealedSecret)[]>;
  /** Replaces how the value's own key is wrapped; false when the secret has changed since `before` was read. */
  rewrap(
    place: SecretPlace,
    before: Pick<SealedSecret, 'wrappedKey'>,
    next: Pick<SealedSecret, 'keyId' | 'wrappedKey'>,
  ): Promise<boolean>;
}

export function createSecretRepository({ db, now }: RepositoryContext): SecretRepository {
  return {
    async put({ scope, ownerId, name }, { keyId, wrappedKey, ciphertext }, by = null) {
      const change = { key_id: keyId, wrapped_key: wrappedKey, ciphertext, updated_at: now(), updated_by: by };
      await db
        .insertInto('secrets')
        .values({ scope, owner_id: ownerId, name, created_at: change.updated_at, ...change })
        .onConflict((conflict) => conflict.columns(['scope', 'owner_id', 'name']).doUpdateSet(change))
        .execute();
    },

    async find(place) {
      const row = await db
        .selectFrom('secrets')
        .selectAll()
        .where(isAt(place))
        .where('name', '=', place.name)
        .executeTakeFirst();
      return row && toSealed(row);
    },

    async replace(place, before, { keyId, wrappedKey, ciphertext }) {
      const result = await db
        .updateTable('secrets')
        .set({ key_id: keyId, wrapped_key: wrappedKey, ciphertext, updated_at: now() })
        .where(isAt(place))
        .where('name', '=', place.name)
        .where('wrapped_key', '=', before.wrappedKey)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async list(owner) {
      const rows = await db.selectFrom('secrets').selectAll().where(isAt(owner)).orderBy('name').execute();
      return rows.map(toInfo);
    },

    async listOfAgents({ visibleTo, limit }) {
      const rows = await db
        .selectFrom('secrets')
        .innerJoin('agents', 'agents.id', 'secrets.owner_id')
        .selectAll('secrets')
        .select(['agents.name as agent_name', 'agents.owner_id as agent_owner_id', 'agents.scope as agent_scope'])
        .where('secrets.scope', '=', 'agent')
        .where(({ eb, selectFrom }) =>
          eb(
            'agents.version',
            '=',
            selectFrom('agents as newest')
              .whereRef('newest.id', '=', 'agents.id')
              .select(({ fn }) => fn.max('newest.version').as('version')),
          ),
        )
        .where(({ or, eb }) => or([eb('agents.owner_id', '=', visibleTo), eb('agents.scope', '=', 'organization')]))
        .orderBy('secrets.owner_id')
        .orderBy('secrets.name')
        .limit(limit)
        .execute();
      return rows.map(({ agent_name: name, agent_owner_id: ownerId, agent_scope: scope, ...row }) => ({
        ...toInfo(row),
        agent: { name, ownerId, scope: scope as Definition['scope'] },
      }));
    },

    async count(owner) {
      const counted = db
        .selectFrom('secrets')
        .where(isAt(owner))
        .select(({ fn }) => fn.countAll().as('count'));
      return Number((await counted.executeTakeFirstOrThrow()).count);
    },

    async delete(place) {
      const result = await db
        .deleteFrom('secrets')
        .where(isAt(place))
        .where('name', '=', place.name)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    async deleteAll(owner) {
      await db.deleteFrom('secrets').where(isAt(owner)).execute();
    },

    async listWrappedByOthers(keyId, { after, limit }) {
      let query = db.selectFrom('secrets').selectAll().where('key_id', '!=', keyId);
      if (after !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('scope', 'owner_id', 'name'), '>', tuple(after.scope, after.ownerId, after.name)),
        );
      const rows = await query.orderBy('scope').orderBy('owner_id').orderBy('name').limit(limit).execute();
      return rows.map((row) => ({ ...toPlace(row), ...toSealed(row) }));
    },

    async rewrap(place, before, { keyId, wrappedKey }) {
      const result = await db
        .updateTable('secrets')
        .set({ key_id: keyId, wrapped_key: wrappedKey })
        .where(isAt(place))
        .where('name', '=', place.name)
        .where('wrapped_key', '=', before.wrappedKey)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
  };
}

function isAt({ scope, ownerId }: SecretOwner) {
  return ({ and, eb }: ExpressionBuilder<StoreTables, 'secrets'>) =>
    and([eb('scope', '=', scope), eb('owner_id', '=', ownerId)]);
}

function toPlace({ scope, owner_id: ownerId, name }: Selectable<SecretTable>): SecretPlace {
  return { scope: scope as SecretScope, ownerId, name };
}

function toInfo(row: Selectable<SecretTable>): SecretInfo {
  const { created_at: createdAt, updated_at: updatedAt, updated_by: updatedBy } = row;
  return { ...toPlace(row), createdAt, updatedAt, updatedBy };
}

function toSealed({ key_id: keyId, wrapped_key: wrappedKey, ciphertext }: Selectable<SecretTable>): SealedSecret {
  return { keyId, wrappedKey, ciphertext };
}
