import type { Elicitation, ElicitationAnswer } from '../../permissions/elicitation.ts';
import type { KeptResults } from './kept-results.ts';
import type { KeepAppPage } from './mcp-apps.ts';
import type { LivenessTimes } from './mcp-connection.ts';
import type { OpenMcpLink } from './mcp-link.ts';
import type { McpNotice } from './mcp-notices.ts';
import type { ServerRevision } from './mcp-revisions.ts';
import type { McpUse } from './mcp-use.ts';
import type { ReadBudget } from './read-budget.ts';
import type { OfferedTools } from './tool-search.ts';

/** What a relay is made of, and whom it tells what. */
export interface McpRelayOptions {
  /** Name of the server in the agent's definition. */
  name: string;
  openLink: OpenMcpLink;
  /** What it speaks, as far as it is known. */
  revision?: ServerRevision;
  /** Why it may not be connected to, as a clause; undefined where it may. */
  refusal: string | undefined;
  onNotice(notice: McpNotice): void;
  /**
   * Whether this call was decided and has not run yet; true once for each decision. A program of the agent can write
   * to the CLI's output, and so request calls here that nobody has decided.
   */
  takePermit(call: { toolName: string; input: Readonly<Record<string, unknown>> }): boolean;
  /** Asks people what the server wants to know. The signal withdraws the question. */
  elicit(asked: Elicitation, signal: AbortSignal): Promise<ElicitationAnswer>;
  /** Whether the agent may have a tool at all, by the CLI's name; by default it may have each. */
  isOffered?(cliName: string): boolean;
  /** The server has listed its tools; called before the CLI hears of them. */
  onOffered?(offered: OfferedTools): void;
  /** How much of the server is read. */
  budget?: ReadBudget;
  /** Before a call is made again that the server has refused until people have been on a page. */
  pagePauseMs?: number;
  /** Hears of calls, starts and ends. */
  use?: McpUse;
  /** Keeps what people see of results and the CLI does not show. */
  keptResults?: Pick<KeptResults, 'note'>;
  /** What the server is; see `toMcpServerIdentity`. */
  identity: string;
  /** Keeps the pages of apps; absent where apps are not shown. */
  keepApp?: KeepAppPage | undefined;
  times?: LivenessTimes;
}
