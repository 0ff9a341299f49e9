/** How a call ended: with a result, with an error that the server answered, without an answer, or stopped by people. */
export type CallOutcome = 'ok' | 'error' | 'failed' | 'stopped';

/** Hears of what one MCP server does, to be measured. */
export interface McpUse {
  /** `tool` is the server's own name of it. Call the answer once, at the end of the call. */
  beginCall(tool: string): (outcome: CallOutcome) => void;
  /** A try to start it, or to connect to it. */
  noteStart(outcome: 'connected' | 'failed'): void;
  /** It has ended, or the connection to it, for a reason of its own. */
  noteEnd(): void;
}

export const NO_USE: McpUse = {
  beginCall: () => () => undefined,
  noteStart: () => undefined,
  noteEnd: () => undefined,
};
