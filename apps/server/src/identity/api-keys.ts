import { randomBytes } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';
import { toDigest } from './digest.ts';
import { hasLostMaker } from './key-makers.ts';
import { isBanned, SCOPES, toActor, type Actor, type Scope, type UserRow } from './actor.ts';

const KEY_PATTERN = /^csp_[A-Za-z0-9_-]{43}$/;
const HINT_LENGTH = 8;
const MAX_KEYS_PER_USER = 100;
/** The time of last use is written at most this often, so that using a key is reading. */
const LAST_USED_PRECISION_MS = 60_000;

/** An API key as its owner sees it: never the key itself. */
export interface ApiKey {
  id: string;
  name: string;
  /** The key's first characters. */
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
  scopes: readonly Scope[];
}

export interface NewApiKey {
  name: string;
  expiresAt?: Date | undefined;
  /** All of them unless given. */
  scopes?: readonly Scope[] | undefined;
  /** The API key with which it is made, if any: the new key ends with it, and expires no later. */
  madeWith?: string | null | undefined;
  /** Id of whoever makes it for this account, if known and somebody else: it ends when its user outranks them. */
  madeBy?: string | null | undefined;
}

interface ApiKeyRow extends Omit<ApiKey, 'scopes'> {
  digest: string;
  userId: string;
  scopes: string | null;
  madeWith: string | null;
  madeBy: string | null;
}

export interface ApiKeys {
  /** Newest first. */
  list(userId: string): Promise<ApiKey[]>;
  /** `key` is shown here and never again. @throws CspError `state_conflict` when the user has 100 keys already. */
  create(userId: string, options: NewApiKey): Promise<{ apiKey: ApiKey; key: string }>;
  /**
   * Removes the key, with every key, sign-in and invitation that was made with it. False when the user has no such key. Takes
   * effect here at once, on other nodes within seconds.
   */
  revoke(userId: string, id: string): Promise<boolean>;
  /** Looks up the key's owner in the database; null for a key that is not live, or a locked user. */
  findActor(key: string): Promise<Actor | null>;
  /** True when any key exists. */
  any(): Promise<boolean>;
}

export function createApiKeys(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
  /** Removes the sign-ins and invitations whose API key is gone. */
  endOrphans: () => Promise<void>;
  onRevoked: () => void;
}): ApiKeys {
  const { clock, onRevoked } = deps;

  return {
    async list(userId) {
      const { adapter } = await deps.context();
      const rows = await adapter.findMany<ApiKeyRow>({
        model: 'apiKey',
        where: [{ field: 'userId', value: userId }],
        sortBy: { field: 'createdAt', direction: 'desc' },
        limit: MAX_KEYS_PER_USER,
      });
      return rows.map(toApiKey);
    },

    async create(userId, { name, expiresAt, scopes = SCOPES, madeWith = null, madeBy = null }) {
      const { adapter } = await deps.context();
      const held = await adapter.count({ model: 'apiKey', where: [{ field: 'userId', value: userId }] });
      if (held >= MAX_KEYS_PER_USER) {
        throw new CspError('state_conflict', `User ${userId} has ${held} API keys already. Revoke one first.`);
      }
      const maker = madeWith === null ? null : await findKey(adapter, madeWith);
      const key = `csp_${randomBytes(32).toString('base64url')}`;
      const row = await adapter.create<Omit<ApiKeyRow, 'id'>, ApiKeyRow>({
        model: 'apiKey',
        data: {
          name,
          hint: key.slice(0, HINT_LENGTH),
          digest: toDigest(key),
          userId,
          createdAt: new Date(clock.now()),
          expiresAt: findEarlier(expiresAt ?? null, maker?.expiresAt ?? null),
          lastUsedAt: null,
          scopes: scopes.includes('write') ? null : 'read',
          ...{ madeWith, madeBy },
        },
      });
      return { apiKey: toApiKey(row), key };
    },

    async revoke(userId, id) {
      const { adapter } = await deps.context();
      const where = [
        { field: 'id', value: id },
        { field: 'userId', value: userId },
      ];
      // The database removes the keys that were made with it.
      const deleted = await adapter.deleteMany({ model: 'apiKey', where });
      await deps.endOrphans();
      onRevoked();
      return deleted > 0;
    },

    async findActor(key) {
      if (!KEY_PATTERN.test(key)) return null;
      const context = await deps.context();
      const { adapter } = context;
      const row = await adapter.findOne<ApiKeyRow>({
        model: 'apiKey',
        where: [{ field: 'digest', value: toDigest(key) }],
      });
      if (row === null || isExpired(row, clock.now())) return null;
      const user = await adapter.findOne<UserRow>({ model: 'user', where: [{ field: 'id', value: row.userId }] });
      if (user === null || isBanned(user, clock.now())) return null;
      if (await hasLostMaker(context, { madeBy: row.madeBy, owner: user }, clock.now())) return null;
      if ((row.lastUsedAt?.getTime() ?? 0) < clock.now() - LAST_USED_PRECISION_MS) {
        const update = { lastUsedAt: new Date(clock.now()) };
        await adapter.updateMany({ model: 'apiKey', where: [{ field: 'id', value: row.id }], update });
      }
      return toKeyActor(user, row);
    },

    async any() {
      const { adapter } = await deps.context();
      return (await adapter.findMany({ model: 'apiKey', limit: 1 })).length > 0;
    },
  };
}

/** The columns of a key that decide what its holder may do. */
export type KeyGrant = Pick<ApiKeyRow, 'id' | 'userId' | 'expiresAt' | 'scopes' | 'madeBy'>;

/** Undefined for a key that was revoked. It may have expired, or have lost its maker. */
export async function findKey(adapter: AuthContext['adapter'], id: string): Promise<KeyGrant | undefined> {
  return (await adapter.findOne<ApiKeyRow>({ model: 'apiKey', where: [{ field: 'id', value: id }] })) ?? undefined;
}

/** Undefined for a key that was revoked, has expired or gives more than its maker has. Its user may be locked. */
export async function findLiveKey(context: AuthContext, id: string, nowMs: number): Promise<KeyGrant | undefined> {
  const { adapter } = context;
  const key = await findKey(adapter, id);
  if (key === undefined || isExpired(key, nowMs)) return undefined;
  if (key.madeBy === null) return key;
  const owner = await adapter.findOne<UserRow>({ model: 'user', where: [{ field: 'id', value: key.userId }] });
  if (owner === null || (await hasLostMaker(context, { madeBy: key.madeBy, owner }, nowMs))) return undefined;
  return key;
}

export function isExpired({ expiresAt }: Pick<KeyGrant, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= nowMs;
}

export function toKeyActor(user: UserRow, key: Pick<KeyGrant, 'id' | 'scopes' | 'madeBy'>): Actor {
  return toActor(user, { via: 'api_key', credentialId: key.id, ...toGrant(key) });
}

/** @param key that the sign-in was made with, if any */
export function toSignInActor(user: UserRow, signInId: string, key: KeyGrant | undefined): Actor {
  return toActor(user, { via: 'cookie', credentialId: signInId, ...(key && toGrant(key)) });
}

function toGrant({ id, scopes, madeBy }: Pick<KeyGrant, 'id' | 'scopes' | 'madeBy'>) {
  return { apiKeyId: id, scopes: toScopes(scopes), keyMadeBy: madeBy };
}

function toScopes(stored: string | null): readonly Scope[] {
  return stored === 'read' ? ['read'] : SCOPES;
}

/** Null is no end. */
export function findEarlier(one: Date, other: Date | null): Date;
export function findEarlier(one: Date | null, other: Date | null): Date | null;
export function findEarlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function toApiKey({ id, name, hint, createdAt, expiresAt, lastUsedAt, scopes }: ApiKeyRow): ApiKey {
  return { id, name, hint, createdAt, expiresAt, lastUsedAt, scopes: toScopes(scopes) };
}
