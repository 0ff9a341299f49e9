import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import type { SignInNeededError } from '../../definitions/sign-in-needed.ts';
import { FaultError, type FaultDetails } from './fault.ts';
import type { Handshake } from './mcp-revisions.ts';
import type { FloodError, ReadBudget } from './read-budget.ts';

/** How messages reach an MCP server and come back: a transport of the MCP SDK, and how it ended. */
export interface McpLink {
  readonly transport: Transport;
  /** Why it has ended by itself; undefined until then. By then `transport.onclose` is called. */
  readonly lost: LostError | undefined;
  /**
   * Whether the server is a process that ends with the link. Its end is noticed at once, so it is given more time to
   * answer while it works, and it is ended where nothing else helps.
   */
  readonly isProcess: boolean;
  /** Idempotent. Resolves when nothing of it is left, the server's process included. */
  close(): Promise<void>;
}

export interface McpLinkOptions {
  /** Of the server; the links to it share it. */
  budget: ReadBudget;
  /** The server has sent too much for too long. */
  onFlood(error: FloodError): void;
  /** It did something that is against the protocol and was ignored; a clause for people. */
  onOddity(text: string): void;
  /** It refuses its connection, or a request, until somebody signs in. */
  onSignInNeeded?(error: SignInNeededError): void;
  /** What the conversation over it begins with; some links are others for `discover`. */
  handshake?: Handshake;
}

/** Opens a link to one server; the transport is not started yet. Rejects when the signal aborts. */
export type OpenMcpLink = (options: McpLinkOptions, signal: AbortSignal) => Promise<McpLink>;

/** The end of a link for a reason of the server. The message is a clause for people. */
export class LostError extends FaultError {
  override name = 'LostError';

  constructor(message: string, details: FaultDetails = {}) {
    super(message, details);
  }
}
