import type { SharedSession, ShareLevel, ShareRepository } from '../store/shares.ts';
import type { SessionDeps } from './session-deps.ts';
import { shareNextRun } from '../lib/share-next-run.ts';

/** How a session of somebody else is shared with one user. */
export interface SharedAs {
  level: ShareLevel;
  owner: { id: string; name: string };
}

export type ShareChange =
  | { type: 'shared'; sessionId: string; as: SharedAs }
  /** Also when the session was deleted. */
  | { type: 'ended'; sessionId: string };

/**
 * What is shared with everybody who follows or uses something shared at the moment. The database says it: a change on
 * this server is looked up at once, a change elsewhere within a second. Each second costs one number of the database; the
 * shares are read when it has changed, and for what was opened since.
 */
export interface ShareBoard {
  /**
   * Calls back for every change of what is shared with the user. Resolves when the present state is known, so that what
   * is listed after that, and the changes, are complete.
   */
  follow(userId: string, listener: (change: ShareChange) => void): Promise<() => void>;
  /** How the session is shared with a user who is followed. */
  find(userId: string, sessionId: string): SharedAs | undefined;
  /** Calls back once when the session is not shared with the user any more. */
  hold(share: { userId: string; sessionId: string }, onEnded: () => void): () => void;
  /** Looks everything up that is open, beginning after this call. Never rejects. */
  refresh(): Promise<void>;
}

interface Followed {
  /** Undefined until the first look-up. */
  shares: ReadonlyMap<string, SharedAs> | undefined;
  listeners: Set<(change: ShareChange) => void>;
}

interface Hold {
  userId: string;
  sessionId: string;
  onEnded: () => void;
  /** The number of the last look-up that had begun: it may have read the state before the share. */
  since: number;
  /** A later look-up has found the share. */
  isFound: boolean;
}

const INTERVAL_MS = 1000;

/** Over 100 lines: the look-ups and those who wait for them share what is watched. */
export function createShareBoard(deps: {
  shares: Pick<ShareRepository, 'findVersion' | 'listWith'>;
  findUsers: SessionDeps['findUsers'];
  onError(error: unknown): void;
}): ShareBoard {
  const followed = new Map<string, Followed>();
  const holds = new Set<Hold>();
  let begun = 0;
  /** Of the shares when all that were open had been looked up. */
  let seenVersion: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** A look-up that begins after this call, shared by all callers meanwhile. False when it failed. */
  const lookUp = shareNextRun(read);

  async function read(): Promise<boolean> {
    begun += 1;
    const number = begun;
    if (followed.size + holds.size === 0) return true;
    const current = new Map<string, Map<string, SharedAs>>();
    try {
      const version = await deps.shares.findVersion();
      const userIds = listUsers({ all: version !== seenVersion });
      seenVersion = version;
      if (userIds.length === 0) return true;
      for (const userId of userIds) current.set(userId, new Map());
      const shared = await deps.shares.listWith(userIds);
      const owners = await findOwners(shared);
      for (const { userId, sessionId, level, ownerId } of shared)
        current.get(userId)?.set(sessionId, { level, owner: owners.get(ownerId) ?? { id: ownerId, name: ownerId } });
    } catch (error) {
      seenVersion = undefined;
      deps.onError(error);
      return false;
    }
    for (const [userId, shares] of current) note(userId, shares);
    for (const hold of [...holds]) {
      const shares = current.get(hold.userId);
      if (hold.since >= number || shares === undefined) continue;
      hold.isFound = shares.has(hold.sessionId);
      if (hold.isFound) continue;
      holds.delete(hold);
      hold.onEnded();
    }
    return true;
  }

  /** Those whose shares have to be read: all, or those with something open that was not looked up yet. */
  function listUsers({ all }: { all: boolean }): string[] {
    const following = [...followed].filter(([, { shares }]) => all || shares === undefined);
    const holding = [...holds].filter(({ isFound }) => all || !isFound);
    return [...new Set([...following.map(([userId]) => userId), ...holding.map(({ userId }) => userId)])];
  }

  /** Asks only for owners of sessions that were not shared at the last look-up. */
  async function findOwners(shared: readonly SharedSession[]): Promise<Map<string, SharedAs['owner']>> {
    const owners = new Map<string, SharedAs['owner']>();
    const unknown: string[] = [];
    for (const { userId, sessionId, ownerId } of shared) {
      const entry = followed.get(userId);
      const known = entry?.shares?.get(sessionId)?.owner;
      if (known?.id === ownerId) owners.set(ownerId, known);
      else if (entry !== undefined) unknown.push(ownerId);
    }
    const missing = unknown.filter((ownerId) => !owners.has(ownerId));
    if (missing.length === 0) return owners;
    for (const [id, { name }] of await deps.findUsers(missing)) owners.set(id, { id, name });
    return owners;
  }

  function note(userId: string, now: ReadonlyMap<string, SharedAs>): void {
    const entry = followed.get(userId);
    if (entry === undefined) return;
    const before = entry.shares;
    entry.shares = now;
    if (before === undefined) return;
    const tell = (change: ShareChange) => entry.listeners.forEach((listener) => listener(change));
    for (const [sessionId, as] of now) {
      const last = before.get(sessionId);
      if (last?.level !== as.level || last.owner.id !== as.owner.id) tell({ type: 'shared', sessionId, as });
    }
    for (const sessionId of before.keys()) if (!now.has(sessionId)) tell({ type: 'ended', sessionId });
  }

  /** Looks only while somebody has something open. */
  function setTimer(): void {
    if (followed.size + holds.size === 0) {
      clearInterval(timer);
      timer = undefined;
    } else timer ??= setInterval(() => void lookUp(), INTERVAL_MS).unref();
  }

  return {
    async follow(userId, listener) {
      const entry = followed.get(userId) ?? { shares: undefined, listeners: new Set() };
      followed.set(userId, entry);
      entry.listeners.add(listener);
      setTimer();
      if (entry.shares === undefined) await lookUp();
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size === 0 && followed.get(userId) === entry) followed.delete(userId);
        setTimer();
      };
    },
    find: (userId, sessionId) => followed.get(userId)?.shares?.get(sessionId),
    hold({ userId, sessionId }, onEnded) {
      const hold: Hold = { userId, sessionId, onEnded, since: begun, isFound: false };
      holds.add(hold);
      setTimer();
      return () => {
        holds.delete(hold);
        setTimer();
      };
    },
    async refresh() {
      await lookUp();
    },
  };
}
