import { deleteSessionDirs, linkWorkspace, toSessionDirs, type SessionDirs } from '../workspaces/session-dirs.ts';
import { isMarkedUnclaimed, markUnclaimed, unmarkUnclaimed } from '../workspaces/unclaimed-dirs.ts';
import type { Spare } from '../processes/warm-pool.ts';
import type { SessionRecord } from '../turns/session-record.ts';

export interface SessionFoldersDeps {
  dataDir: string;
  record: SessionRecord;
  /** Runs work in the session's order that nobody waits for. */
  enqueue(work: () => Promise<void>): void;
}

/**
 * Keeps the folders that a session has in the store, where they are still marked as nobody's: the adoption of a spare, or
 * a fork, was stored and went no further, or a deletion was not stored. The link of the session leads to them.
 */
export async function claimFolders(
  dataDir: string,
  { id, agentSessionId }: { id: string; agentSessionId: string },
): Promise<void> {
  if (!(await isMarkedUnclaimed(dataDir, agentSessionId))) return;
  await linkWorkspace(dataDir, id, toSessionDirs(dataDir, agentSessionId));
  await unmarkUnclaimed(dataDir, agentSessionId);
}

/** The folders of a session: its own, or those of the spare that it has claimed. */
export class SessionFolders {
  readonly #deps: SessionFoldersDeps;
  #dirs: SessionDirs;

  constructor(deps: SessionFoldersDeps) {
    this.#deps = deps;
    this.#dirs = toSessionDirs(deps.dataDir, deps.record.session.agentSessionId);
  }

  get dirs(): SessionDirs {
    return this.#dirs;
  }

  /** The session goes on with the transcript and the folders that a spare was started with. */
  async adopt(spare: Pick<Spare, 'agentSessionId' | 'dirs'>): Promise<void> {
    const { dataDir, record, enqueue } = this.#deps;
    const { id, agentSessionId } = record.session;
    // Committed before the spare gets the message; what is flushed, linked and tidied meanwhile costs no time.
    const committed = Promise.withResolvers<void>();
    const patch = { agentSessionId: spare.agentSessionId };
    const marked = markUnclaimed(dataDir, agentSessionId);
    marked.catch(() => undefined);
    const stored = record.append([], { patch, onCommitted: committed.resolve });
    stored.catch(committed.reject);
    await committed.promise;
    this.#dirs = spare.dirs;
    enqueue(async () => {
      // Where the flush has failed the session cannot be served on: the row in memory is not the stored one.
      await stored;
      await marked;
      await linkWorkspace(dataDir, id, spare.dirs);
      await unmarkUnclaimed(dataDir, spare.agentSessionId);
      await deleteSessionDirs(dataDir, { agentSessionId });
    });
  }
}
