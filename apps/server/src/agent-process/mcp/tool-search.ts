import type { ToolSearchMode } from '@claude-sdk-pattern/protocol/v1';

/** Whether the model finds the tools of MCP servers by a search. */
export interface ToolSearchPolicy {
  mode: ToolSearchMode;
  /** In `auto`: when the tools together take more than this in every request. */
  aboveTokens: number;
}

/** What the CLI offers of one MCP server and would put off: without the tools that are to stand in every request. */
export interface OfferedTools {
  tools: number;
  /** Of their list as JSON. */
  chars: number;
}

/** The tools of one process, and whether the model has to search them. */
export interface ToolSearchState {
  tools: number;
  /** About what they take in a request where they are not searched. */
  tokens: number;
  isOn: boolean;
}

export interface ToolSearch {
  readonly state: ToolSearchState;
  /** A server has listed its tools. */
  note(server: string, offered: OfferedTools): void;
}

/** Of names, descriptions and schemas, as the CLI estimates it where it does not count (2.1.332). */
const CHARS_PER_TOKEN = 2.5;

/** What the policy is for an agent: its own mode, except where the operator says `never`, because the upstream cannot do it. */
export function toToolSearchPolicy(operator: ToolSearchPolicy, ofAgent: ToolSearchMode | undefined): ToolSearchPolicy {
  return operator.mode === 'never' ? operator : { ...operator, mode: ofAgent ?? operator.mode };
}

/**
 * Decides when the tools of MCP servers are searched. Once they are, they stay so for the life of the process: the model has
 * been told, and its provider has cached the request. `onTurnedOn` is called once in `auto`.
 */
export function createToolSearch(policy: ToolSearchPolicy, onTurnedOn: () => void): ToolSearch {
  const offered = new Map<string, OfferedTools>();
  let isOn = policy.mode === 'always';
  const sum = (of: keyof OfferedTools) => [...offered.values()].reduce((total, each) => total + each[of], 0);
  const toTokens = () => Math.ceil(sum('chars') / CHARS_PER_TOKEN);
  return {
    get state() {
      return { tools: sum('tools'), tokens: toTokens(), isOn };
    },
    note(server, tools) {
      offered.set(server, tools);
      if (isOn || policy.mode !== 'auto' || toTokens() <= policy.aboveTokens) return;
      isOn = true;
      onTurnedOn();
    },
  };
}
