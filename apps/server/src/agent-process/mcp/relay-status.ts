import type { ListedTool } from './list-tools.ts';
import type { McpConnection } from './mcp-connection.ts';

/** How a relay and its server are. */
export interface RelayStatus {
  /** `waiting`: it is started when a session has the process. `needs_sign_in`: people have to sign in to the server first. */
  state: 'waiting' | 'connecting' | 'ready' | 'needs_sign_in' | 'failed';
  /** Why it is not ready, or not all of its tools are there, as a clause or sentence for people. */
  problem: string | undefined;
  /** Until the next try by itself; undefined where none is planned. */
  retryInMs: number | undefined;
  /** As the server lists them, with its own names. */
  tools: readonly ListedTool[];
}

/** Of a relay. `problem` is a clause for people. */
export type RelayState =
  | { name: 'new' }
  | { name: 'connecting'; problem: string | undefined; needsSignIn?: boolean }
  | { name: 'connected'; connection: McpConnection; sinceMs: number }
  | { name: 'closed' };

/** What people are told of a relay in this state. Pure. */
export function toRelayStatus(
  state: RelayState,
  { problem, retryInMs, tools }: Pick<RelayStatus, 'problem' | 'retryInMs' | 'tools'>,
): RelayStatus {
  switch (state.name) {
    case 'connected':
      return { state: 'ready', problem, retryInMs: undefined, tools };
    case 'connecting': {
      const { problem: missing, needsSignIn = false } = state;
      const shown = needsSignIn ? 'needs_sign_in' : missing === undefined ? 'connecting' : 'failed';
      return { state: shown, problem: missing, retryInMs, tools };
    }
    case 'new':
    case 'closed':
      return { state: 'waiting', problem: undefined, retryInMs: undefined, tools };
  }
}
