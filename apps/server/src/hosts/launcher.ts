import type { ChildProcessWithoutNullStreams } from 'node:child_process';

import type { AgentUser, StartRequest } from './host.ts';

/** How a local host starts a child process. Sandboxes have the same interface. */
export interface Launcher {
  readonly name: string;
  readonly confines: boolean;
  readonly agentUser?: AgentUser | undefined;
  /**
   * Starts the process as the leader of its own process group, with piped standard streams. Throws or emits `error`
   * when it cannot be started.
   * @throws CspError `invalid_request` when it cannot hold the process to what is asked for.
   */
  launch(request: LaunchRequest): ChildProcessWithoutNullStreams;
}

export type LaunchRequest = Omit<StartRequest, 'label' | 'serves' | 'onStderr' | 'terminal'>;
