import type { CopyTreeOptions } from '../../agent-files/copy-tree.ts';
import { giveTree } from '../../agent-files/give-tree.ts';
import type { SandboxGit } from '../git/sandbox-git.ts';
import type { Workspaces } from '../workspaces.ts';
import type { HistoryLimits } from './choose-files.ts';
import type { HistoryPlace } from './history-git.ts';
import { createWorkspaceHistory, type WorkspaceHistory } from './workspace-history.ts';

export interface WorkspaceHistoriesOptions {
  git: SandboxGit;
  workspaces: Pick<Workspaces, 'of' | 'assertThere'>;
  /** Owner of what agents write, where that is not the server's own user. */
  owner: HistoryPlace['owner'];
  limits: HistoryLimits;
}

/** The histories of all workspaces of this server. */
export interface WorkspaceHistories {
  /** One object for each workspace, so that all who use it wait for each other. */
  of(agentSessionId: string): WorkspaceHistory;
  /** Gives a fork, whose files are copied, the states of its source. @throws as `copyTree` */
  copy(fork: { from: string; to: string }, options: CopyTreeOptions): Promise<void>;
  /** Its folders are gone. */
  forget(agentSessionId: string): void;
}

export function createWorkspaceHistories({
  git,
  workspaces,
  owner,
  limits,
}: WorkspaceHistoriesOptions): WorkspaceHistories {
  const histories = new Map<string, WorkspaceHistory>();
  const opened: WorkspaceHistories = {
    of(agentSessionId) {
      const { dirs, historyDir: store } = workspaces.of(agentSessionId);
      const place = { workspace: dirs.workspace, store, owner, assertThere: () => workspaces.assertThere() };
      const history = histories.get(agentSessionId) ?? createWorkspaceHistory(git, place, limits);
      histories.set(agentSessionId, history);
      return history;
    },
    async copy({ from, to }, options) {
      const { dirs, historyDir } = workspaces.of(to);
      await opened.of(from).copyTo(historyDir, options);
      // Git runs in it with the rights of an agent, also before the fork has a process.
      if (owner) await giveTree(dirs.workspace, owner);
    },
    forget: (agentSessionId) => void histories.delete(agentSessionId),
  };
  return opened;
}
