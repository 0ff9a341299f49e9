import { sharesFiles, type SessionDeps } from './session-deps.ts';
import { deleteRulesOfDeleted } from '../permissions/session-rules.ts';
import { forgetUnmarked, listUnmarked } from '../workspaces/unmarked-folders.ts';

/**
 * Removes the folders of spares, unfinished forks and deleted sessions that a stopped or killed server left, and of sessions that were deleted
 * at another one.
 */
export interface LeftoverFolders {
  /**
   * Lists the folders, then removes them in the background. Call it before spares and forks begin: their folders have
   * the same mark. `removed` resolves when all are removed, and never rejects. Looks every hour from then on.
   */
  start(): Promise<{ removed: Promise<void> }>;
  /** Resolves when the folder that is being removed now is gone. */
  close(): Promise<void>;
}

const EVERY_MS = 60 * 60 * 1000;
/** Folders without a session that are younger may be about to get one. */
const HOME_MS = 60 * 60 * 1000;

export function createLeftoverFolders({
  store,
  workspaces,
  logger,
  nodeId,
  placeId,
}: Pick<SessionDeps, 'store' | 'workspaces' | 'logger' | 'nodeId' | 'placeId'>): LeftoverFolders {
  const owners = [...new Set([nodeId, placeId])];
  const closing = new AbortController();
  let removing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const remove = async (ids: readonly string[]): Promise<void> => {
    let removed = 0;
    await deleteRulesOfDeleted(store);
    await workspaces.unlink(new Set(ids));
    for (const agentSessionId of ids) {
      if (closing.signal.aborted) break;
      try {
        await workspaces.of(agentSessionId).delete();
        for (const owner of owners) await forgetUnmarked(store, { nodeId: owner, agentSessionId });
        removed += 1;
      } catch (error) {
        logger.error(
          { err: error, agent_session_id: agentSessionId },
          'folders could not be removed; tried again later',
        );
      }
    }
    if (removed > 0) logger.info({ folders: removed }, 'removed what was left of spares, forks and deletions');
  };

  const listNoted = async () => (await Promise.all(owners.map((owner) => listUnmarked(store, owner)))).flat();

  /** Of sessions that another server deleted, which shares all but these. They can be made again. */
  const removeHomes = async (): Promise<void> => {
    if (!sharesFiles({ nodeId, placeId })) return;
    for (const agentSessionId of await workspaces.listHomes(Date.now() - HOME_MS)) {
      if (closing.signal.aborted) return;
      if ((await store.sessions.findByAgentSessionId(agentSessionId)) === undefined)
        await workspaces.removeHome(agentSessionId);
    }
  };

  const removeLater = async (): Promise<void> => {
    await remove(await listNoted());
    await removeHomes();
  };

  const begin = (work: () => Promise<void>): void => {
    removing = removing.then(work).catch((error: unknown) => {
      logger.error({ err: error }, 'what was left of deleted sessions could not be removed; tried again later');
    });
  };

  return {
    async start() {
      const forks = await store.forks.abandonUnfinished(nodeId);
      if (forks > 0) logger.info({ forks }, 'abandoned forks that a dead server had begun');
      const unclaimed = await listNoted();
      for (const agentSessionId of await workspaces.listUnclaimed()) {
        const session = await store.sessions.findByAgentSessionId(agentSessionId);
        if (session !== undefined) await workspaces.of(agentSessionId).claim(session.id);
        else if (!unclaimed.includes(agentSessionId)) unclaimed.push(agentSessionId);
      }
      begin(() => remove(unclaimed));
      begin(removeHomes);
      timer = setInterval(() => begin(removeLater), EVERY_MS).unref();
      return { removed: removing };
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await removing;
    },
  };
}
