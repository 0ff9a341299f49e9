import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import { ZodError } from 'zod';

import type { ToolList } from './list-tools.ts';
import { McpConnection } from './mcp-connection.ts';
import type { OpenMcpLink } from './mcp-link.ts';
import { isUnauthorized, toDetails, toProblem } from './mcp-problem.ts';
import type { ServerRevision } from './mcp-revisions.ts';
import { createReadBudget } from './read-budget.ts';

/** A connection to an MCP server for a person, outside of any agent. */
export interface TriedServer {
  /** Its name and version, as it tells them. */
  readonly info: { name: string; version: string } | undefined;
  readonly instructions: string | undefined;
  /** What the server did beside its answers, as sentences for people. */
  readonly remarks: readonly string[];
  listTools(): Promise<ToolList>;
  /** Rejects as `McpConnection.request` does. */
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<CallToolResult>;
}

const MAX_REMARKS = 10;

/**
 * Connects to a server, lets `use` work with it, and closes it: when the answer is there nothing of it is left, its process
 * included. Questions of the server are declined. Rejects as `use` does, and when the server cannot be reached.
 * @param signal Ends it early, wherever it is.
 */
export async function tryServer<T>(
  { openLink, revision, signal }: { openLink: OpenMcpLink; revision: ServerRevision; signal: AbortSignal },
  use: (server: TriedServer) => Promise<T>,
): Promise<T> {
  const remarks = new Set<string>();
  const remark = (text: string) => {
    if (remarks.size < MAX_REMARKS) remarks.add(text);
  };
  const connection = await McpConnection.open(
    {
      ...{ openLink, revision },
      budget: createReadBudget(),
      onQuestion() {
        remark('The server asked a question, which a test declines.');
        return Promise.resolve({ action: 'decline' });
      },
      onToolsChanged: () => undefined,
      onPageDone: () => undefined,
      onEnded: () => undefined,
      showsApps: false,
      onOddity: (oddity) => remark(`The server is not quite in order: ${oddity}.`),
    },
    signal,
  );
  try {
    return await use({
      info: connection.info,
      instructions: connection.instructions,
      get remarks() {
        return [...remarks];
      },
      listTools: async () =>
        connection.has('tools') ? connection.listTools(signal) : { tools: [], problem: undefined },
      call: async (name, input) =>
        CallToolResultSchema.parse(
          await connection.request({ method: 'tools/call', params: { name, arguments: { ...input } } }, { signal }),
        ),
    });
  } finally {
    await connection.close();
  }
}

export { isUnauthorized, toDetails };

/** Why a test failed, as a clause for people. */
export function describeFailure(error: unknown): string {
  return error instanceof ZodError ? 'its result is none of the Model Context Protocol' : toProblem(error);
}
