import { parseMcpToolName, toMcpToolName } from '../../definitions/mcp-tool-name.ts';
import type { ListedTool } from './mcp-connection.ts';

/** The tools of one MCP server under the names that the CLI knows. */
export interface RelayedTools {
  readonly list: ListedTool[];
  /** The server's own name of a tool, by the CLI's name. */
  findOriginal(cliName: string): string | undefined;
  /** Takes what the server lists, without tools whose name the CLI cannot use; false where nothing changes for the CLI. */
  replace(tools: readonly ListedTool[]): boolean;
}

/** `server` is the name of the server in the agent's definition. */
export function createRelayedTools(server: string): RelayedTools {
  let list: ListedTool[] = [];
  /** The list as JSON, so that the CLI is told only of changes. */
  let listed = '[]';
  let originals = new Map<string, string>();

  return {
    get list() {
      return list;
    },
    findOriginal: (cliName) => originals.get(cliName),
    replace(tools) {
      const next = new Map<string, string>();
      const before = listed;
      list = tools.flatMap((tool) => {
        const cliName = toMcpToolName({ server, tool: tool.name });
        const name = parseMcpToolName(cliName)?.toolName;
        if (name === undefined || next.has(cliName)) return [];
        next.set(cliName, tool.name);
        // The CLI would refuse a result without the structured content that it promises.
        const { outputSchema: _, ...passed } = tool;
        return [{ ...passed, name }];
      });
      listed = JSON.stringify(list);
      originals = next;
      return listed !== before;
    },
  };
}
