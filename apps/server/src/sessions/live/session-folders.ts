import type { SessionDirs } from '../../workspaces/session-dirs.ts';
import type { Workspace, Workspaces } from '../../workspaces/workspaces.ts';
import type { Spare } from '../../processes/warm-pool.ts';
import type { SessionRecord } from '../../turns/session-record.ts';

export interface SessionFoldersDeps {
  workspaces: Pick<Workspaces, 'of'>;
  record: SessionRecord;
  /** Runs work in the session's order. Nobody waits for it. */
  enqueue(work: () => Promise<void>): void;
}

/** The folders of a session: its own, or those of the spare that it has claimed. */
export class SessionFolders {
  readonly #deps: SessionFoldersDeps;
  #workspace: Workspace;

  constructor(deps: SessionFoldersDeps) {
    this.#deps = deps;
    this.#workspace = deps.workspaces.of(deps.record.session.agentSessionId);
  }

  get workspace(): Workspace {
    return this.#workspace;
  }

  get dirs(): SessionDirs {
    return this.#workspace.dirs;
  }

  /** The session takes over the transcript and the folders of the spare that it claimed. */
  async adopt(spare: Pick<Spare, 'agentSessionId' | 'dirs'>): Promise<void> {
    const { workspaces, record, enqueue } = this.#deps;
    const { id, agentSessionId } = record.session;
    // Waits only for the commit before the spare gets the message; the flush and the work on folders run meanwhile.
    const committed = Promise.withResolvers<void>();
    const patch = { agentSessionId: spare.agentSessionId };
    const before = workspaces.of(agentSessionId);
    const marked = before.mark();
    marked.catch(() => undefined);
    const stored = record.append([], { patch, onCommitted: committed.resolve });
    stored.catch(committed.reject);
    await committed.promise;
    this.#workspace = workspaces.of(spare.agentSessionId);
    enqueue(async () => {
      // After a failed flush the row in memory differs from the stored one, so the session must leave memory.
      await stored;
      await marked;
      await this.#workspace.claim(id);
      // What somebody has put there since the folder was seen empty.
      await this.#workspace.moveIn(before);
      await before.delete();
    });
  }
}
