/** Where somebody has to sign in before an MCP server answers. */
export interface NeededSignIn {
  /** Of the server, in the agent's definition or the plugin. */
  serverName: string;
  serverUrl: string;
  /** The plugin that brings the server; null for a server of the agent's definition. */
  plugin: string | null;
}

/** An MCP server refuses its connection until somebody signs in. The message is a clause for people. */
export class SignInNeededError extends Error {
  override name = 'SignInNeededError';
  readonly needed: NeededSignIn;

  constructor(message: string, needed: NeededSignIn) {
    super(message);
    this.needed = needed;
  }
}
