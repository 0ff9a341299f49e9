import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';

/** Fills in secrets, and hides them again in what comes back. */
export interface McpSecrets {
  /**
   * The values with each `${secret:NAME}` replaced. Called each time a server is started or connected to.
   * @throws Error with a message for people when one is not there or not granted.
   */
  resolve(values: Record<string, string>, context: McpSecretContext): Promise<Record<string, string>>;
  /** A copy of a text or of any JSON without the values that servers of this session got. */
  mask<T>(value: T, sessionId: string): T;
}

/** For whom secrets are filled in. */
export interface McpSecretContext {
  /** The agent's own session id, which a process has before a session takes it; or what stands for a plugin's own process. */
  sessionId: string;
  plugin?: string;
  /** Absent while no session has the process. */
  userId?: string;
  agentId?: string;
  /** Only for a server that may have the agent's secrets; see `McpServerSpec`. */
  agentSecrets?: true;
}

const SECRET = /\$\{secret:([^}]*)\}/;

/** Whether a server needs secrets, which depend on the session's owner. */
export function needsSecrets(server: McpServerSpec): boolean {
  const values = 'env' in server ? server.env : { ...server.headers, url: server.url };
  return Object.values(values).some((value) => SECRET.test(value));
}
