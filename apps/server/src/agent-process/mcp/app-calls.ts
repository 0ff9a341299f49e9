import {
  CallToolResultSchema,
  McpError,
  ReadResourceResultSchema,
  type CallToolResult,
  type ReadResourceResult,
} from '@modelcontextprotocol/sdk/types.js';

import { callAsTask, type SendToServer } from './call-as-task.ts';
import { readToolApp } from './mcp-app-meta.ts';
import { toProblem } from './mcp-problem.ts';
import type { McpUse } from './mcp-use.ts';
import { demandsTask, type RelayedTools } from './relayed-tools.ts';

export interface AppCallsDeps {
  tools: Pick<RelayedTools, 'listed'>;
  use: Pick<McpUse, 'beginCall'>;
  send: SendToServer;
  /** Aborts when the connection with the server is given up. */
  closed: AbortSignal;
}

/** What the apps of one MCP server may have it do, outside of every turn of the agent. */
export interface AppCalls {
  /** Whether the server lists the tool, by its own name, and lets its apps call it. */
  offers(tool: string): boolean;
  /**
   * Calls such a tool. Whether this call may be made is decided before; it takes no permit of the agent's calls, and people
   * are asked nothing on behalf of the server. Rejects with an error whose `toProblem` is a clause for people.
   */
  call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<CallToolResult>;
  /** Reads a resource of the server. Rejects as `call` does. */
  read(uri: string, signal: AbortSignal): Promise<ReadResourceResult>;
}

/** A person waits for it, so it is shorter than an agent would wait. */
const MAX_CALL_MS = 60_000;
const MAX_READ_MS = 30_000;
/** As JSON; it goes to a browser, which keeps it in memory. */
const MAX_RESULT_CHARS = 1024 * 1024;
const MAX_RESOURCE_CHARS = 4 * 1024 * 1024;

export function createAppCalls({ tools, use, send, closed }: AppCallsDeps): AppCalls {
  const findTool = (name: string) => tools.listed.find((tool) => tool.name === name && readToolApp(tool).isForApps);

  /** Works until the time is up, the person stops it or the relay is closed. */
  const within = async <T>(ms: number, stop: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const timeUp = AbortSignal.timeout(ms);
    const toEnd = (): Error | undefined => {
      if (closed.aborted) return new Error('the process of the session has ended');
      if (timeUp.aborted) return new Error(`it took longer than ${ms / 1000} s and was stopped`);
      return stop.aborted ? new Error('it was stopped') : undefined;
    };
    try {
      return await work(AbortSignal.any([stop, timeUp, closed]));
    } catch (error) {
      throw toEnd() ?? error;
    }
  };

  return {
    offers: (tool) => findTool(tool) !== undefined,

    async call(name, input, stop) {
      const tool = findTool(name);
      if (tool === undefined) throw new Error(`its server has no tool ${name} for apps`);
      const params = { name, arguments: { ...input } };
      const endCall = use.beginCall(name);
      try {
        const answer = await within(MAX_CALL_MS, stop, (signal) =>
          demandsTask(tool) ? callAsTask(send, params, { signal }) : send({ method: 'tools/call', params }, { signal }),
        );
        const { data: result } = CallToolResultSchema.safeParse(answer);
        if (result === undefined) throw new Error('its result is none of the Model Context Protocol');
        assertIsShort(result, MAX_RESULT_CHARS);
        endCall(result.isError === true ? 'error' : 'ok');
        return result;
      } catch (error) {
        const outcome = stop.aborted || closed.aborted ? 'stopped' : error instanceof McpError ? 'error' : 'failed';
        endCall(outcome, outcome === 'failed' ? toProblem(error) : undefined);
        throw error;
      }
    },

    async read(uri, stop) {
      const answer = await within(MAX_READ_MS, stop, (signal) =>
        send({ method: 'resources/read', params: { uri } }, { signal }),
      );
      const { data: result } = ReadResourceResultSchema.safeParse(answer);
      if (result === undefined) throw new Error('its answer is none of the Model Context Protocol');
      assertIsShort(result, MAX_RESOURCE_CHARS);
      return result;
    },
  };
}

function assertIsShort(result: unknown, maxChars: number): void {
  if (JSON.stringify(result).length > maxChars)
    throw new Error(`its answer is larger than ${maxChars / (1024 * 1024)} MB`);
}
