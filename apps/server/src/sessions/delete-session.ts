import { deleteSessionDirs } from '../agent-process/session-dirs.ts';
import { markUnclaimed } from '../agent-process/unclaimed-dirs.ts';
import type { Session } from '../store/sessions.ts';
import type { SessionDeps } from './session-deps.ts';
import { deleteSessionRules } from './session-rules.ts';

/**
 * Deletes a session that nobody serves any more, with its journal, transcript, rules and folders. It is gone when its row
 * is; folders that cannot be removed then, or before the server is killed, are removed at the next start.
 */
export async function deleteSession(
  { store, dataDir, logger }: Pick<SessionDeps, 'store' | 'dataDir' | 'logger'>,
  session: Pick<Session, 'id' | 'agentSessionId'>,
): Promise<void> {
  await markUnclaimed(dataDir, session.agentSessionId).catch((error: unknown) => {
    // A full disk must not keep people from deleting.
    logger.warn({ err: error, session_id: session.id }, 'the folders of a session could not be marked for deletion');
  });
  await store.transaction(async (transaction) => {
    await transaction.sessions.delete(session.id);
    await deleteSessionRules(transaction, session.id);
  });
  await deleteSessionDirs(dataDir, session).catch((error: unknown) => {
    logger.error({ err: error, session_id: session.id }, 'folders of a deleted session stay until the next start');
  });
}
