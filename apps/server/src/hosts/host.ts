import type { Readable, Writable } from 'node:stream';

import type { Exit } from './exit.ts';

/**
 * What a process can reach, as in Managed Agents environments: everything, or the model and nothing else, not even
 * what listens on its own machine.
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
  /** Folders that it may read beside the system's own. */
  readableDirs?: readonly string[] | undefined;
  /** False where the command is not the server's choice, such as a plugin's: its folder is readable only as one of those. */
  showsCommand?: boolean | undefined;
  /** Undefined: the host's default. */
  networking?: Networking | undefined;
  /**
   * With unrestricted networking, the only hosts that it reaches, by an HTTP proxy that its environment names:
   * `api.example.com`, `*.example.com`, `db.example.com:5432`. For hosts that can hold it to that. Undefined: any.
   */
  reachableHosts?: readonly string[] | undefined;
  /** False for a process that calls no model: with limited networking it reaches nothing. */
  callsModel?: boolean | undefined;
  /** Label of the process that it serves: it is owned and measured with that one. It gets a label of its own. */
  serves?: string | undefined;
  /**
   * The host ends it at a sample in which it uses more memory with its descendants. Where the host can, none of them
   * gets much more in the first place.
   */
  maxRssBytes?: number | undefined;
  /** Gets what the process writes to its standard error. Nothing else reads it. */
  onStderr?: ((text: string) => void) | undefined;
  /** Hides secrets in the end of its standard error that its exit tells, before that is cut. */
  mask?: ((text: string) => string) | undefined;
  /**
   * Runs it on a pseudoterminal of this size, as the leader of its session, so that job control works. What it writes to
   * either output comes on `stdout`, what is written to `stdin` is as if it were typed, and while nobody reads it waits.
   */
  terminal?: TerminalSize | undefined;
}

/** In characters, each from 1 to 1000. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** A user of the host that agents run as. */
export interface AgentUser {
  uid: number;
  gid: number;
  /** A file in the form of /etc/passwd that has the user; undefined when no program looks up the name. */
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
   * Ends the process and everything that it started: closes its input, waits, SIGTERM, waits, SIGKILL, then its
   * children. Call it also when the process ended by itself, for its children may run. Idempotent. Resolves when it
   * is gone, and never rejects: a failed step is logged, and the next `sample` ends the rest.
   */
  end(): Promise<Exit>;
  /**
   * Without a signal, ends the process and its children at once, for when `end` has no time. With one, sends that to the
   * process alone, as the SDK does. Never throws.
   */
  kill(signal?: NodeJS.Signals): boolean;
  /** Of one that has a terminal. After its end it does nothing. */
  resize?(size: TerminalSize): void;
}

/** Resources that a process and its descendants use. */
export interface TreeSample {
  /** Id of the started process, the root of the tree. What serves it is in its tree. */
  id: string;
  ageSeconds: number;
  /** Memory of all processes and of files that are in memory; pages that processes share count for each. */
  rssBytes: number;
  /** The same with each shared page counted in part; as last measured, null until then. */
  pssBytes: number | null;
  cpuSeconds: number;
  /** Of deleted files on disk that its processes have open. */
  unnamedDiskBytes: number;
  /** The pid of the root, for people; null where the host has none. Nothing outside the host uses it. */
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
  /** Processes that nobody owns: the number of groups, each left by one process, and how many were ended now. */
  unowned: { groups: number; processes: number; ended: number };
  /** Time that the server could do nothing else. */
  durationMs: number;
}

/** Where processes run. Nothing outside a host knows pids, namespaces or containers. */
export interface Host {
  /** For logs and people. */
  readonly name: string;
  /** Whether agents are confined. Tried from inside before the host was chosen. */
  readonly confines: boolean;
  /** Owner of what agents write, where that is not the server's own user. */
  readonly agentUser?: AgentUser | undefined;
  /** Why it starts no process on a terminal, as a sentence without its full stop; undefined where it does. */
  readonly terminalProblem?: string | undefined;
  /**
   * Starts a process. When it cannot be started, it emits `error`, or this throws.
   * @throws CspError `invalid_request` when the host cannot enforce what the request asks for.
   */
  start(request: StartRequest): HostedProcess;
  /**
   * Measures every running process, and ends those that nobody owns: what ended processes have left, and processes
   * that are not among `owned` for a minute, in which they may be starting or ending. One call at a time.
   */
  sample(options: { owned: ReadonlySet<string> }): Promise<HostSample>;
  /**
   * Ends the processes that an earlier, dead server of this node left. Called before anything is started. Returns
   * their number.
   */
  endLeft(): Promise<number>;
  /** Ends every process. Idempotent; resolves when nothing of the host is left. */
  close(): Promise<void>;
}
