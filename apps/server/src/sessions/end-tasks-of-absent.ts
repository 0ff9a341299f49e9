import type { Logger } from '../telemetry/logger.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SessionDeps } from './session-deps.ts';

/**
 * Ends what runs beside the conversations of people whose account is locked or gone: it would keep their processes, and its reports would
 * begin turns. A turn that runs comes to its end first. Call it every few seconds; where nothing runs beside a conversation, it asks nobody.
 * Never rejects.
 */
export async function endTasksOfAbsent(
  { findActiveRoles, logger }: Pick<SessionDeps, 'findActiveRoles'> & { logger: Pick<Logger, 'warn'> },
  sessions: readonly LiveSession[],
): Promise<void> {
  const working = sessions.filter((live) => live.backgroundTasks.length > 0 && live.idleSinceMs !== undefined);
  if (working.length === 0) return;
  try {
    const active = await findActiveRoles([...new Set(working.map(({ session }) => session.ownerId))]);
    const absent = working.filter(({ session }) => !active.has(session.ownerId));
    await Promise.all(absent.map((live) => live.hibernate('requested')));
  } catch (error) {
    logger.warn({ err: error }, 'what runs beside conversations of locked accounts could not be ended');
  }
}
