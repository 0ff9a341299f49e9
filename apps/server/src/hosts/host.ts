import type { Readable, Writable } from 'node:stream';

import type { Exit } from './exit.ts';

/**
 * What a process can reach, in the words of Managed Agents environments: everything, or the model and nothing else, not
 * even what listens on the machine that it runs on.
 */
export type Networking = 'unrestricted' | 'limited';

/** Request to start a process: the CLI's command line from the SDK, and a clean environment. */
export interface StartRequest {
  /** Names what the process belongs to, such as the transcript that it writes. One label has one process at a time. */
  label: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The only folders that the process may write, for hosts that can hold it to that. */
  writableDirs: readonly string[];
  /** The host's own default when left out. */
  networking?: Networking | undefined;
  /** Hears what the process writes to its standard error, which nobody else reads. */
  onStderr?: ((text: string) => void) | undefined;
}

/** A user of the host that agents run as. */
export interface AgentUser {
  uid: number;
  gid: number;
  /** A file in the form of /etc/passwd that knows the user; undefined where nothing asks for its name. */
  passwdFile?: string | undefined;
}

interface AddListener {
  /** The process is gone. By then one of `exitCode` and `signalCode` is set, also where its host was lost. */
  (event: 'exit', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
  /** It could not be started. */
  (event: 'error', listener: (error: Error) => void): unknown;
}

/** A process that a host has started: what the Agent SDK wants of a spawned process, and its end. */
export interface HostedProcess {
  /** Unique among all processes of all hosts. */
  readonly id: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  readonly on: AddListener;
  readonly once: AddListener;
  readonly off: AddListener;
  /**
   * Ends the process with all that belongs to it: close its input, wait, SIGTERM, wait, SIGKILL, then what it has
   * started. Also to be called when it has ended by itself: its children may have stayed. Idempotent. Resolves when it
   * is gone, and never rejects: a step that fails is logged, and the host's next `sample` ends what is left.
   */
  end(): Promise<Exit>;
  /**
   * Without a signal, ends the process and its children at once, for when `end` has no time. With one, sends that to the
   * process alone, as the SDK does. Never throws.
   */
  kill(signal?: NodeJS.Signals): boolean;
}

/** Resources that a process and its descendants use. */
export interface TreeSample {
  /** Id of the started process, the root of the tree. */
  id: string;
  ageSeconds: number;
  /** Memory of all processes and of files that are in memory; pages that processes share count for each. */
  rssBytes: number;
  /** The same with each shared page counted in part; as last measured, null until then. */
  pssBytes: number | null;
  cpuSeconds: number;
  /** Of deleted files on disk that its processes have open. */
  unnamedDiskBytes: number;
  /** For people: the pid of the root, null where the host has none. Nothing outside the host acts by it. */
  pid: number | null;
  /** For people, as `pid` is. */
  processes: readonly SampledProcess[];
}

export interface SampledProcess {
  pid: number;
  parentPid: number;
  name: string;
  rssBytes: number;
}

export interface HostSample {
  trees: readonly TreeSample[];
  /** What nobody owns: in so many groups, each left by one process, and how much of it was ended now. */
  unowned: { groups: number; processes: number; ended: number };
  /** Time that the server could do nothing else. */
  durationMs: number;
}

/** Where processes run. Nothing outside a host knows how: no pid, no namespace, no container. */
export interface Host {
  /** For logs and people. */
  readonly name: string;
  /** Whether an agent is kept from the host: tried from inside before the host was taken, not believed. */
  readonly confines: boolean;
  /** Owner of what agents write, where that is not the server's own user. */
  readonly agentUser?: AgentUser | undefined;
  /**
   * Starts a process. One that cannot be started emits `error`, or this throws.
   * @throws CspError `invalid_request` when the host cannot hold the process to what is asked for.
   */
  start(request: StartRequest): HostedProcess;
  /**
   * Measures every running process, and ends what nobody owns: processes that are not among `owned` for a minute, in
   * which they may be starting or ending, and what ended processes have left. One call at a time.
   */
  sample(options: { owned: ReadonlySet<string> }): Promise<HostSample>;
  /** Ends what a dead server of this node has left; before anything is started. Answers how many processes. */
  endLeft(): Promise<number>;
  /** Ends what still runs. Idempotent; resolves when nothing of the host is left. */
  close(): Promise<void>;
}
