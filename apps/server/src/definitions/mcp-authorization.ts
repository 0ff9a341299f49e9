/** What is sent to MCP servers over HTTP as `Authorization`, beside the headers of their configuration. */
export interface McpAuthorization {
  /**
   * What is kept for this server and this session; undefined where nothing is. Called for every request, so that what people
   * change acts on the next one. What it returns is hidden in all that the session shows.
   * @throws Error with a message for people where something is kept that cannot be used; the request is then not sent.
   */
  find(server: AuthorizedServer, context: McpAuthorizationContext): Promise<KeptAuthorization | undefined>;
  /** The server answered 401, and there is nothing to send, or nothing else: somebody has to sign in. */
  noteRefusal?(server: AuthorizedServer, context: McpAuthorizationContext, challenge: string | undefined): void;
}

/** An MCP server that a header is for. */
export interface AuthorizedServer {
  name: string;
  /** With its secrets filled in: not for logs. The header goes to this origin alone. */
  url: string;
  /** The plugin that brings it; absent for a server of the agent's definition. */
  plugin?: string;
}

/** Whose connection it is. */
export interface McpAuthorizationContext {
  /** The agent's own session id: what the server gets is hidden in what it sends back. */
  agentSessionId: string;
  /** Who owns the session, and its agent. Absent while no session has the process, which then gets nobody's own sign-in. */
  userId?: string;
  agentId?: string;
  /** The vaults that the session names; each counts only while it is that user's. */
  vaultIds?: readonly string[];
}

export interface KeptAuthorization {
  /** Value of the header `Authorization`. */
  header: string;
  /**
   * The server refused the header with 401. Resolves to another one, with which the request is made a second time, or to
   * undefined where there is none. `challenge` is the `WWW-Authenticate` header of the answer.
   */
  renew(challenge: string | undefined): Promise<string | undefined>;
  /**
   * The server refused a request with 403 because the header lacks these OAuth scopes, separated by spaces. Rejects with a
   * `SignInNeededError`; absent where a sign-in would not help.
   */
  noteMissingScope?(scope: string): Promise<never>;
}

/**
 * Asks the sources in their order; the first that keeps something decides. Nothing is kept for the session of an account that
 * is locked: others may go on with it, without its access.
 */
export function createMcpAuthorization(
  sources: readonly McpAuthorization[],
  isActive: (userId: string) => Promise<boolean>,
): Required<McpAuthorization> {
  return {
    async find(server, context) {
      if (context.userId !== undefined && !(await isActive(context.userId))) return undefined;
      for (const source of sources) {
        const kept = await source.find(server, context);
        if (kept !== undefined) return kept;
      }
      return undefined;
    },
    noteRefusal(server, context, challenge) {
      for (const source of sources) source.noteRefusal?.(server, context, challenge);
    },
  };
}
