import type { FaultDetails } from './fault.ts';

/** How a call ended: with a result, with an error that the server answered, without an answer, or stopped by people. */
export type CallOutcome = 'ok' | 'error' | 'failed' | 'stopped';

/** Hears of what one MCP server of one process does, to be measured. */
export interface McpUse {
  /** `tool` is the server's own name of it. Call the answer once, at the end of the call; `problem`: why it failed, a clause. */
  beginCall(tool: string): (outcome: CallOutcome, problem?: string, details?: FaultDetails) => void;
  /** A try to start it, or to connect to it. `problem`: why it failed, as a clause for people. */
  noteStart(outcome: 'connected' | 'failed', problem?: string, details?: FaultDetails): void;
  /** It has ended, or the connection to it, for a reason of its own: a clause for people. */
  noteEnd(problem: string, details?: FaultDetails): void;
  /** The platform has closed the connection. Also after `noteEnd`, and more than once. */
  noteClosed(): void;
}

export const NO_USE: McpUse = {
  beginCall: () => () => undefined,
  noteStart: () => undefined,
  noteEnd: () => undefined,
  noteClosed: () => undefined,
};

/** Tells all of them. */
export function combineUses(uses: readonly McpUse[]): McpUse {
  return {
    beginCall(tool) {
      const ends = uses.map((use) => use.beginCall(tool));
      return (...outcome) => {
        for (const end of ends) end(...outcome);
      };
    },
    noteStart(...start) {
      for (const use of uses) use.noteStart(...start);
    },
    noteEnd(...end) {
      for (const use of uses) use.noteEnd(...end);
    },
    noteClosed() {
      for (const use of uses) use.noteClosed();
    },
  };
}
