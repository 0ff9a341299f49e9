/**
 * An MCP server as a process's settings name it. Values of `env` and `headers`, `args` and `url` may hold
 * `${secret:NAME}`: they stay so in settings, fingerprints, logs and events, and are filled in only when the process or
 * the connection is opened.
 */
export type McpServerSpec = RemoteMcpServer | StdioMcpServer | InProcessMcpServer;

interface NamedMcpServer {
  /** As its owner spells it; `toMcpServerName` makes the CLI's name of it. */
  name: string;
  /** The plugin that brings it; absent for a server of the agent's definition. */
  plugin?: string;
  /**
   * Secrets of the agent may be filled in. Absent for a server that a session names itself: whoever may use an agent could
   * otherwise have its secrets sent to an address of their own.
   */
  agentSecrets?: true;
}

/** A server that listens somewhere: over streamable HTTP, or over the HTTP with SSE of revision 2024-11-05. */
export interface RemoteMcpServer extends NamedMcpServer {
  transport: 'http' | 'sse';
  url: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
}

/** A server that is a process of the session, and speaks over its standard streams. */
export interface StdioMcpServer extends NamedMcpServer {
  transport: 'stdio';
  /** A program of the PATH, or an absolute path. */
  command: string;
  args: string[];
  /** Beside PATH and HOME, its whole environment. */
  env: Record<string, string>;
  /** Absolute; the session's workspace where it is absent. */
  cwd?: string;
  /**
   * Folders that it may read beside the system's and the workspace, absolute: the content of its plugin. Everybody must
   * be able to read them, for in a sandbox of a server that is root the process has a user of its own.
   */
  readableDirs: string[];
  /** Absolute path of a folder that it may write and that outlives the session; made where it is not there. */
  dataDir?: string;
  /** The only hosts that it may reach, where its host can hold it to that; any where it is absent. */
  reachableHosts?: string[];
  /** For it and its descendants, where it is to have less memory than any server may. */
  maxRssBytes?: number;
}

/** The tools of a plugin that an administrator trusts: they run in this server. */
export interface InProcessMcpServer extends NamedMcpServer {
  transport: 'in_process';
  /** What the process of the plugin would have as its environment. */
  env: Record<string, string>;
}
