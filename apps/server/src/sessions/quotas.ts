import { CspError, type UserEventParams } from '@claude-sdk-pattern/protocol';

import { createAttemptWindow, type AttemptWindow } from '../lib/attempt-window.ts';
import type { UptimeClock } from '../lib/clock.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { QueueQuota } from '../turns/queue-quota.ts';

/** Limits for one user. */
export interface SessionQuotas extends QueueQuota {
  /** Sessions, archived ones included. */
  storedSessions: number;
  /** Sessions with a running turn, those that wait for a process included. */
  runningSessions: number;
  /** Sessions that are created or forked in a minute, on one server. */
  newSessionsPerMinute: number;
}

/**
 * Call it inside the transaction that creates a session; other creations of the same user wait for its end.
 * @throws CspError `quota_exceeded`
 */
export async function assertMayStore(
  { sessions }: Pick<StoreTransaction, 'sessions'>,
  ownerId: string,
  { storedSessions: limit }: Pick<SessionQuotas, 'storedSessions'>,
): Promise<void> {
  await sessions.lockOwner(ownerId);
  if ((await sessions.count(ownerId)) < limit) return;
  throw new CspError(
    'quota_exceeded',
    `You have ${limit} sessions, archived ones included, and may not have more. Delete some first`,
    { details: { limit } },
  );
}

/** Counts the sessions that a user creates or forks. Per server, in memory. */
export class NewSessionQuota {
  readonly #limit: number;
  readonly #created: AttemptWindow;

  constructor({ newSessionsPerMinute }: Pick<SessionQuotas, 'newSessionsPerMinute'>, { uptimeMs }: UptimeClock) {
    this.#limit = newSessionsPerMinute;
    this.#created = createAttemptWindow(60_000, uptimeMs);
  }

  /** Counts one. @throws CspError `rate_limited`, with the time until the next one. */
  take(ownerId: string): void {
    const wait = this.#created.waitMs(ownerId, this.#limit);
    if (wait > 0) {
      throw new CspError(
        'rate_limited',
        `You have made ${this.#limit} sessions in a minute, and may not make more. Wait ${Math.ceil(wait / 1000)} s, then try again`,
        { details: { limit: this.#limit }, retryAfterMs: wait },
      );
    }
    this.#created.add(ownerId);
  }
}

interface Runnable {
  /** Undefined while a turn runs. */
  readonly idleSinceMs: number | undefined;
  readonly session: { readonly id: string; readonly ownerId: string };
}

/** Counts the sessions of a user that have a turn, or get one by a message that is being sent. */
export class RunningQuota {
  readonly #limit: number;
  /** Sends in progress, by session id. */
  readonly #beginning = new Map<string, { ownerId: string; sends: number }>();

  constructor({ runningSessions }: Pick<SessionQuotas, 'runningSessions'>) {
    this.#limit = runningSessions;
  }

  /**
   * Sends to a session if the turn that may begin is within the quota. The turn counts from here on; when `send` has
   * ended, it runs or the message was refused.
   * @throws CspError `rate_limited`, before anything is sent.
   */
  async send<T>(
    live: Runnable,
    { served, events }: { served: readonly Runnable[]; events: readonly UserEventParams[] },
    send: () => Promise<T>,
  ): Promise<T> {
    const { id, ownerId } = live.session;
    if (live.idleSinceMs === undefined || !events.some(({ type }) => type === 'user.message')) return send();
    const sends = this.#beginning.get(id)?.sends ?? 0;
    if (sends === 0) this.#assertMayRun(ownerId, served);
    this.#beginning.set(id, { ownerId, sends: sends + 1 });
    try {
      return await send();
    } finally {
      this.#release(id);
    }
  }

  #release(sessionId: string): void {
    const beginning = this.#beginning.get(sessionId);
    if (beginning === undefined || beginning.sends === 1) this.#beginning.delete(sessionId);
    else beginning.sends -= 1;
  }

  #assertMayRun(ownerId: string, served: readonly Runnable[]): void {
    const running = new Set<string>();
    for (const [id, beginning] of this.#beginning) if (beginning.ownerId === ownerId) running.add(id);
    for (const { session, idleSinceMs } of served) {
      if (session.ownerId === ownerId && idleSinceMs === undefined) running.add(session.id);
    }
    if (running.size < this.#limit) return;
    throw new CspError(
      'rate_limited',
      `${running.size} of your sessions are running a turn, and at most ${this.#limit} may at the same time. Wait until one of them is idle, or interrupt one`,
      { details: { limit: this.#limit, running: running.size }, retryAfterMs: 5000 },
    );
  }
}
