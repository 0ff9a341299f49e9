import type { FactActor } from '../audit/fact.ts';
import type { Session } from '../store/sessions.ts';
import type { SessionDeps } from './session-deps.ts';
import { deleteSessionRules } from '../permissions/session-rules.ts';
import { forgetUnmarked, noteUnmarked } from '../workspaces/unmarked-folders.ts';

/**
 * Deletes a session that no server holds in memory, with its journal, transcript, rules and folders. It is gone when
 * its row is. Folders that cannot be removed now, or not before the server is killed, are removed at the next start:
 * they are marked or, where the disk takes no mark, listed in the store. So are those on other servers, which remove them within an hour.
 */
export async function deleteSession(
  {
    store,
    audit,
    workspaces,
    logger,
    nodeId,
    placeId,
  }: Pick<SessionDeps, 'store' | 'audit' | 'workspaces' | 'logger' | 'nodeId' | 'placeId'>,
  session: Pick<Session, 'id' | 'ownerId' | 'agentSessionId'>,
  actor: FactActor,
): Promise<void> {
  const folders = { nodeId, agentSessionId: session.agentSessionId };
  const workspace = workspaces.of(session.agentSessionId);
  const isMarked = await workspace.mark().then(
    () => true,
    (error: unknown) => {
      // On a full disk people must be able to delete.
      logger.warn({ err: error, session_id: session.id }, 'the folders of a session could not be marked for deletion');
      return false;
    },
  );
  await store.transaction(async (transaction) => {
    for (const place of await transaction.diskUse.listPlaces(session.id))
      if (place !== placeId) await noteUnmarked(transaction, { ...folders, nodeId: place });
    await transaction.sessions.delete(session.id);
    await deleteSessionRules(transaction, session.id);
    await transaction.folderLeases.releaseOfSession(session.id);
    await transaction.secrets.deleteAll({ scope: 'session', ownerId: session.id });
    await audit.record(
      {
        ...{ actor, action: 'session.delete', target: { type: 'session', id: session.id } },
        details: { owner_id: session.ownerId, ...(actor.type === 'system' && { reason: 'retention' }) },
      },
      transaction,
    );
    if (!isMarked) await noteUnmarked(transaction, folders);
  });
  try {
    await workspace.delete(session.id);
    if (!isMarked) await forgetUnmarked(store, folders);
  } catch (error) {
    logger.error({ err: error, session_id: session.id }, 'folders of a deleted session stay until the next start');
  }
}
