import type { ChildProcess } from 'node:child_process';

/**
 * What a process can reach, in the words of Managed Agents environments: everything, or the model and nothing else, not
 * even what listens on this machine.
 */
export type Networking = 'unrestricted' | 'limited';

/** What a process is started from: the command line of the CLI as the SDK made it, and its clean environment. */
export interface LaunchRequest {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The only folders that the process may write, for launchers that can hold it to that. */
  writableDirs: readonly string[];
  /** The launcher's own default when left out. */
  networking?: Networking | undefined;
}

/** A user of the host that agents run as. */
export interface AgentUser {
  uid: number;
  gid: number;
  /** A file in the form of /etc/passwd that knows the user; undefined where nothing asks for its name. */
  passwdFile?: string | undefined;
}

/** How agent processes are started. Sandboxes and containers stand behind the same interface. */
export interface Launcher {
  readonly name: 'local' | 'bubblewrap';
  /** Whether an agent is kept from the host: tried from inside before the launcher was taken, not believed. */
  readonly confines: boolean;
  /** Owner of what agents write, where that is not the server's own user. */
  readonly agentUser?: AgentUser | undefined;
  /**
   * Starts the process as the leader of its own process group, with piped standard streams. Throws or emits `error`
   * when it cannot be started.
   * @throws CspError `invalid_request` when it cannot hold the process to what is asked for.
   */
  launch(request: LaunchRequest): ChildProcess;
}
