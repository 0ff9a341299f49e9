import type { Clock } from '../lib/clock.ts';
import type { ExpiredSession, ExpiredSessionOptions } from '../store/expired-sessions.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface RetentionDeps {
  listEnvironments(): Promise<readonly string[]>;
  /** Days after its last change that a session is kept; 0 is for ever. */
  retentionDaysOf(environmentId: string): Promise<number>;
  listExpired(options: ExpiredSessionOptions): Promise<readonly ExpiredSession[]>;
  /** Deletes a session with all its data; false when somebody has used it meanwhile. */
  deleteSession(session: ExpiredSession, options: { unchangedSince: string }): Promise<boolean>;
  onDeleted?(): void;
  clock: Clock;
  logger: Logger;
}

/** Deletes sessions that nobody has used for longer than their retention. */
export interface Retention {
  /** Sweeps now, then every day. */
  start(): void;
  /** Deletes expired sessions now; resolves with their number. Only one sweep runs at a time. */
  sweep(): Promise<number>;
  /** Stops after the session that is being deleted. Idempotent. */
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const BATCH = 50;

/**
 * Whole sessions are deleted, with journal, transcript and workspace: every reader relies on a `seq` without gaps, so
 * a journal keeps its beginning. A session's age counts from its last change, so a session in use is kept.
 */
export function createRetention(deps: RetentionDeps): Retention {
  const { clock, logger } = deps;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<number> | undefined;
  const closing = new AbortController();

  /** A session that cannot be deleted is logged and tried again the next day. */
  const deleteOne = async (session: ExpiredSession, unchangedSince: string): Promise<boolean> => {
    try {
      const isDeleted = await deps.deleteSession(session, { unchangedSince });
      if (isDeleted) deps.onDeleted?.();
      return isDeleted;
    } catch (error) {
      logger.error(
        { err: error, session_id: session.id },
        'a session could not be deleted at the end of its retention',
      );
      return false;
    }
  };

  const sweepEnvironment = async (environmentId: string): Promise<number> => {
    const days = await deps.retentionDaysOf(environmentId);
    if (days === 0) return 0;
    const unchangedSince = new Date(clock.now() - days * DAY_MS).toISOString();
    let deleted = 0;
    for (let after: ExpiredSession | undefined; !closing.signal.aborted;) {
      const batch = await deps.listExpired({ environmentId, unchangedSince, limit: BATCH, ...(after && { after }) });
      for (const session of batch) {
        if (closing.signal.aborted) break;
        if (await deleteOne(session, unchangedSince)) deleted += 1;
        after = session;
      }
      if (batch.length < BATCH) break;
    }
    if (deleted > 0) {
      logger.info({ sessions: deleted, environment_id: environmentId, days }, 'deleted sessions after their retention');
    }
    return deleted;
  };

  const sweepAll = async (): Promise<number> => {
    let deleted = 0;
    for (const environmentId of await deps.listEnvironments()) deleted += await sweepEnvironment(environmentId);
    return deleted;
  };

  const sweep = (): Promise<number> => {
    running ??= sweepAll().finally(() => {
      running = undefined;
    });
    return running;
  };

  const sweepInBackground = () => {
    sweep().catch((error: unknown) => logger.error({ err: error }, 'sessions could not be looked at for retention'));
  };

  return {
    start() {
      sweepInBackground();
      timer = setInterval(sweepInBackground, DAY_MS);
      timer.unref();
    },
    sweep,
    async close() {
      closing.abort();
      clearInterval(timer);
      await running?.catch(() => undefined);
    },
  };
}
