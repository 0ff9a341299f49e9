import type { Clock } from '../lib/clock.ts';
import type { Actor } from './actor.ts';
import type { AuthContext } from './auth.ts';
import { findCurrentActors } from './current-actors.ts';

/** More than anybody has at once. */
const MAX_LISTED = 1000;

/** One sign-in by cookie: a browser on a device. */
export interface SignInEntry {
  id: string;
  createdAt: Date;
  expiresAt: Date;
  address: string;
  userAgent: string;
}

interface SignInRow {
  id: string;
  createdAt: Date;
  expiresAt: Date;
  ipAddress?: string | null;
  userAgent?: string | null;
}

/** The sign-ins of a user, without the secrets of their cookies. */
export interface SignIns {
  /** Newest first. */
  list(userId: string): Promise<SignInEntry[]>;
  /** Who uses these sign-ins now, by their ids. Left out are those that have ended, and those of locked accounts. */
  findActors(ids: readonly string[]): Promise<Map<string, Actor>>;
  /** False when the user has no such sign-in. Takes effect here at once, on other servers within seconds. */
  end(userId: string, id: string): Promise<boolean>;
  /** Ends all of them but one, as `end` does. Returns how many. */
  endOthers(userId: string, keptId: string): Promise<number>;
}

export function createSignIns(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
  onEnded: () => void;
}): SignIns {
  return {
    async list(userId) {
      const { adapter } = await deps.context();
      const rows = await adapter.findMany<SignInRow>({
        model: 'session',
        where: [
          { field: 'userId', value: userId },
          { field: 'expiresAt', operator: 'gt', value: new Date(deps.clock.now()) },
        ],
        sortBy: { field: 'createdAt', direction: 'desc' },
        limit: MAX_LISTED,
      });
      return rows.map(({ id, createdAt, expiresAt, ipAddress, userAgent }) => ({
        ...{ id, createdAt, expiresAt },
        address: ipAddress ?? '',
        userAgent: userAgent ?? '',
      }));
    },

    async findActors(ids) {
      const names = ids.map((credentialId) => ({ via: 'cookie', credentialId }) as const);
      return findCurrentActors(await deps.context(), names, deps.clock);
    },

    async end(userId, id) {
      const { adapter } = await deps.context();
      const where = [
        { field: 'id', value: id },
        { field: 'userId', value: userId },
      ];
      const deleted = await adapter.deleteMany({ model: 'session', where });
      deps.onEnded();
      return deleted > 0;
    },

    async endOthers(userId, keptId) {
      const { adapter } = await deps.context();
      const where = [
        { field: 'userId', value: userId },
        { field: 'id', operator: 'ne' as const, value: keptId },
      ];
      const deleted = await adapter.deleteMany({ model: 'session', where });
      deps.onEnded();
      return deleted;
    },
  };
}
