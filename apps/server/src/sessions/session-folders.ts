import {
  deleteSessionDirs,
  linkWorkspace,
  toSessionDirs,
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
    await new Promise<void>((onCommitted, reject) => {
      const patch = { agentSessionId: spare.agentSessionId };
      record.append([], { patch, onCommitted }).catch(reject);
    });
    this.#dirs = spare.dirs;
    enqueue(async () => {
      await unmarkSpare(dataDir, spare.agentSessionId);
      await linkWorkspace(dataDir, id, spare.dirs);
      await deleteSessionDirs(dataDir, { agentSessionId });
    });
  }
}
