import { z } from 'zod';

import { parseMcpToolName, toMcpToolName } from '../../definitions/mcp-tool-name.ts';
import { readToolApp } from './mcp-app-meta.ts';
import type { ListedTool } from './list-tools.ts';
import type { OfferedTools } from './tool-search.ts';

const taskSupport = z.object({ taskSupport: z.string() });
/** With this a server wants a tool in every request (CLI 2.1.332). */
const loadedAlways = z.object({ 'anthropic/alwaysLoad': z.literal(true) });

/** The tools of one MCP server under the names that the CLI knows. */
export interface RelayedTools {
  readonly list: ListedTool[];
  /** The same as the server lists them, with its own names. */
  readonly listed: readonly ListedTool[];
  /** Those of the list that the CLI may put off. */
  readonly offered: OfferedTools;
  /** The server's own name of a tool, by the CLI's name. */
  findOriginal(cliName: string): string | undefined;
  /** The app of a tool, by the CLI's name; undefined where it has none. */
  findAppUri(cliName: string): string | undefined;
  /** Whether the server runs a tool as a task only, by the CLI's name. */
  needsTask(cliName: string): boolean;
  /** Takes what the server lists, without tools that are for apps alone, that the agent may not have, or whose name the CLI cannot use; false where nothing changes for the CLI. */
  replace(tools: readonly ListedTool[]): boolean;
}

/** Whether the server runs the tool as a task only. */
export function demandsTask(tool: ListedTool): boolean {
  return taskSupport.safeParse(tool['execution']).data?.taskSupport === 'required';
}

/**
 * `server` is the name of the server in the agent's definition. `isOffered` says of a tool, by the CLI's name, whether the agent
 * may have it at all.
 */
export function createRelayedTools(server: string, isOffered: (cliName: string) => boolean = () => true): RelayedTools {
  let list: ListedTool[] = [];
  /** The list as JSON, so that the CLI is told only of changes. */
  let json = '[]';
  let own: readonly ListedTool[] = [];
  let originals = new Map<string, string>();
  let appUris = new Map<string, string>();
  let tasks = new Set<string>();
  let offered: OfferedTools = { tools: 0, chars: 0 };

  return {
    get list() {
      return list;
    },
    get offered() {
      return offered;
    },
    get listed() {
      return own;
    },
    findOriginal: (cliName) => originals.get(cliName),
    findAppUri: (cliName) => appUris.get(cliName),
    needsTask: (cliName) => tasks.has(cliName),
    replace(tools) {
      const next = new Map<string, string>();
      const nextUris = new Map<string, string>();
      const nextTasks = new Set<string>();
      const before = json;
      own = tools;
      list = tools.flatMap((tool) => {
        const cliName = toMcpToolName({ server, tool: tool.name });
        const name = parseMcpToolName(cliName)?.toolName;
        const app = readToolApp(tool);
        if (name === undefined || next.has(cliName) || !app.isForModel || !isOffered(cliName)) return [];
        next.set(cliName, tool.name);
        if (app.resourceUri !== undefined) nextUris.set(cliName, app.resourceUri);
        if (demandsTask(tool)) nextTasks.add(cliName);
        // The CLI would refuse a result without the structured content that it promises, and makes no tasks.
        const { outputSchema: _, execution: __, ...passed } = tool;
        return [{ ...passed, name }];
      });
      json = JSON.stringify(list);
      const putOff = list.filter((tool) => !loadedAlways.safeParse(tool['_meta']).success);
      offered = { tools: putOff.length, chars: JSON.stringify(putOff).length };
      originals = next;
      appUris = nextUris;
      tasks = nextTasks;
      return json !== before;
    },
  };
}
