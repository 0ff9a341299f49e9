import { randomBytes } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';
import { toDigest } from './digest.ts';
import { isBanned, toActor, type Actor, type UserRow } from './actor.ts';

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
}

interface ApiKeyRow extends ApiKey {
  digest: string;
  userId: string;
}

export interface ApiKeys {
  /** Newest first. */
  list(userId: string): Promise<ApiKey[]>;
  /** `key` is shown here and never again. @throws CspError `state_conflict` when the user has 100 keys already. */
  create(
    userId: string,
    options: { name: string; expiresAt?: Date | undefined },
  ): Promise<{ apiKey: ApiKey; key: string }>;
  /** False when the user has no such key. Takes effect here at once, on other nodes within seconds. */
  revoke(userId: string, id: string): Promise<boolean>;
  /** Looks up the key's owner in the database; null for an unknown, revoked or expired key, or a locked user. */
  findActor(key: string): Promise<Actor | null>;
  /** True when any key exists. */
  any(): Promise<boolean>;
}

export function createApiKeys(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
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

    async create(userId, { name, expiresAt }) {
      const { adapter } = await deps.context();
      const held = await adapter.count({ model: 'apiKey', where: [{ field: 'userId', value: userId }] });
      if (held >= MAX_KEYS_PER_USER) {
        throw new CspError('state_conflict', `User ${userId} has ${held} API keys already. Revoke one first.`);
      }
      const key = `csp_${randomBytes(32).toString('base64url')}`;
      const row = await adapter.create<Omit<ApiKeyRow, 'id'>, ApiKeyRow>({
        model: 'apiKey',
        data: {
          name,
          hint: key.slice(0, HINT_LENGTH),
          digest: toDigest(key),
          userId,
          createdAt: new Date(clock.now()),
          expiresAt: expiresAt ?? null,
          lastUsedAt: null,
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
      const deleted = await adapter.deleteMany({ model: 'apiKey', where });
      onRevoked();
      return deleted > 0;
    },

    async findActor(key) {
      if (!KEY_PATTERN.test(key)) return null;
      const { adapter } = await deps.context();
      const row = await adapter.findOne<ApiKeyRow>({
        model: 'apiKey',
        where: [{ field: 'digest', value: toDigest(key) }],
      });
      if (row === null || (row.expiresAt !== null && row.expiresAt.getTime() <= clock.now())) return null;
      const user = await adapter.findOne<UserRow>({ model: 'user', where: [{ field: 'id', value: row.userId }] });
      if (user === null || isBanned(user, clock.now())) return null;
      if ((row.lastUsedAt?.getTime() ?? 0) < clock.now() - LAST_USED_PRECISION_MS) {
        const update = { lastUsedAt: new Date(clock.now()) };
        await adapter.updateMany({ model: 'apiKey', where: [{ field: 'id', value: row.id }], update });
      }
      return toActor(user, 'api_key', row.id);
    },

    async any() {
      const { adapter } = await deps.context();
      return (await adapter.findMany({ model: 'apiKey', limit: 1 })).length > 0;
    },
  };
}

function toApiKey({ id, name, hint, createdAt, expiresAt, lastUsedAt }: ApiKeyRow): ApiKey {
  return { id, name, hint, createdAt, expiresAt, lastUsedAt };
}
