import {
  deleteSessionDirs,
  linkWorkspace,
  toSessionDirs,
  isMarkedSpare,
  unmarkSpare,
  type SessionDirs,
} from '../agent-process/session-dirs.ts';
import type { Spare } from '../agent-process/warm-pool.ts';
import type { SessionRecord } from './session-record.ts';

export interface SessionFoldersDeps {
  dataDir: string;
  record: SessionRecord;
  /** Runs work in the session's order that nobody waits for. */
  enqueue(work: () => Promise<void>): void;
}

/**
 * Completes the adoption of a spare that was stored and went no further: the link leads to the folders of the spare, and
 * they are a session's from now on.
 */
export async function completeAdoption(
  dataDir: string,
  { id, agentSessionId }: { id: string; agentSessionId: string },
): Promise<void> {
  if (!(await isMarkedSpare(dataDir, agentSessionId))) return;
  await linkWorkspace(dataDir, id, toSessionDirs(dataDir, agentSessionId));
  await unmarkSpare(dataDir, agentSessionId);
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
    const stored = record.append([], { patch, onCommitted: committed.resolve });
    stored.catch(committed.reject);
    await committed.promise;
    this.#dirs = spare.dirs;
    enqueue(async () => {
      // Where the flush has failed the session cannot be served on: the row in memory is not the stored one.
      await stored;
      await linkWorkspace(dataDir, id, spare.dirs);
      await unmarkSpare(dataDir, spare.agentSessionId);
      await deleteSessionDirs(dataDir, { agentSessionId });
    });
  }
}
