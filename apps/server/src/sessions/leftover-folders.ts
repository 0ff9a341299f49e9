import type { SessionDeps } from './session-deps.ts';
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

export function createLeftoverFolders({
  store,
  workspaces,
  logger,
  nodeId,
}: Pick<SessionDeps, 'store' | 'workspaces' | 'logger' | 'nodeId'>): LeftoverFolders {
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
        await forgetUnmarked(store, { nodeId, agentSessionId });
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

  const begin = (work: () => Promise<void>): void => {
    removing = removing.then(work).catch((error: unknown) => {
      logger.error({ err: error }, 'what was left of deleted sessions could not be removed; tried again later');
    });
  };

  return {
    async start() {
      const forks = await store.forks.abandonUnfinished(nodeId);
      if (forks > 0) logger.info({ forks }, 'abandoned forks that a dead server had begun');
      const unclaimed = await listUnmarked(store, nodeId);
      for (const agentSessionId of await workspaces.listUnclaimed()) {
        const session = await store.sessions.findByAgentSessionId(agentSessionId);
        if (session !== undefined) await workspaces.of(agentSessionId).claim(session.id);
        else if (!unclaimed.includes(agentSessionId)) unclaimed.push(agentSessionId);
      }
      begin(() => remove(unclaimed));
      timer = setInterval(() => begin(async () => remove(await listUnmarked(store, nodeId))), EVERY_MS).unref();
      return { removed: removing };
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await removing;
    },
  };
}
