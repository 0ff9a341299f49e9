import type { Session } from '../store/sessions.ts';
import type { SessionDeps } from './session-deps.ts';
import { deleteSessionRules } from '../permissions/session-rules.ts';
import { forgetUnmarked, noteUnmarked } from '../workspaces/unmarked-folders.ts';

/**
 * Deletes a session that nobody serves any more, with its journal, transcript, rules and folders. It is gone when its row
 * is; folders that cannot be removed then, or before the server is killed, are removed at the next start: they are marked
 * or, where the disk takes no mark, noted in the store.
 */
export async function deleteSession(
  { store, workspaces, logger, nodeId }: Pick<SessionDeps, 'store' | 'workspaces' | 'logger' | 'nodeId'>,
  session: Pick<Session, 'id' | 'agentSessionId'>,
): Promise<void> {
  const folders = { nodeId, agentSessionId: session.agentSessionId };
  const workspace = workspaces.of(session.agentSessionId);
  const isMarked = await workspace.mark().then(
    () => true,
    (error: unknown) => {
      // A full disk must not keep people from deleting.
      logger.warn({ err: error, session_id: session.id }, 'the folders of a session could not be marked for deletion');
      return false;
    },
  );
  await store.transaction(async (transaction) => {
    await transaction.sessions.delete(session.id);
    await deleteSessionRules(transaction, session.id);
    if (!isMarked) await noteUnmarked(transaction, folders);
  });
  try {
    await workspace.delete(session.id);
    if (!isMarked) await forgetUnmarked(store, folders);
  } catch (error) {
    logger.error({ err: error, session_id: session.id }, 'folders of a deleted session stay until the next start');
  }
}
