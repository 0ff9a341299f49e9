import { setImmediate as nextTurn } from 'node:timers/promises';

import { z } from 'zod';

import { toUsableSchema } from '../../definitions/usable-schema.ts';
import type { McpClient } from './mcp-client.ts';
import { toReadable } from './mcp-notices.ts';
import { toProblem } from './mcp-problem.ts';

/** A tool as its server lists it; the fields beside these are passed on as they are. */
export interface ListedTool {
  name: string;
  inputSchema: { type: 'object' };
  [field: string]: unknown;
}

export interface ToolList {
  tools: ListedTool[];
  /** Why it is not all of them, as a clause for people; undefined when it is. */
  problem: string | undefined;
}

const LIST_TIMEOUT_MS = 30_000;
const MAX_PAGES = 100;
const MAX_TOOLS = 1000;
const MAX_TOOL_NAME_CHARS = 256;
/** Looked at before the server may do other things. */
const TOOLS_AT_ONCE = 100;
const MAX_NAMED = 3;
const MAX_SHOWN_NAME_CHARS = 60;
/** Of all tools of a server together: they are kept, and passed on in one answer. Far more than a model can read. */
const MAX_LIST_CHARS = 8 * 1024 * 1024;

const toolPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const listedTool = z.looseObject({
  name: z.string().min(1).max(MAX_TOOL_NAME_CHARS),
  inputSchema: z.looseObject({ type: z.literal('object') }),
});

/** All pages of a server's tools. What was read stays when a later page fails; rejects when already the first one does. */
export async function listTools(client: Pick<McpClient, 'request' | 'allows'>, signal: AbortSignal): Promise<ToolList> {
  const tools = new Map<string, ListedTool>();
  const unusable: unknown[] = [];
  let chars = 0;
  let cursor: string | undefined;
  const cursors = new Set<string>();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    let answer: z.infer<typeof toolPage>;
    try {
      const params = cursor === undefined ? {} : { cursor };
      const options = { timeout: LIST_TIMEOUT_MS, signal };
      answer = toolPage.parse(await client.request({ method: 'tools/list', params }, options));
    } catch (error) {
      if (page === 1) throw error;
      return { tools: [...tools.values()], problem: `page ${page} of its tools failed: ${toProblem(error)}` };
    }
    for (const [index, each] of answer.tools.entries()) {
      if (tools.size + unusable.length >= MAX_TOOLS) {
        return { tools: [...tools.values()], problem: `it lists more than ${MAX_TOOLS} tools` };
      }
      chars += JSON.stringify(each)?.length ?? 0;
      if (chars > MAX_LIST_CHARS) {
        return { tools: [...tools.values()], problem: 'its tools are described with more than 8 MB' };
      }
      const { success, data: tool } = listedTool.safeParse(each);
      const inputSchema = success ? toUsableSchema(tool.inputSchema) : undefined;
      if (tool !== undefined && inputSchema !== undefined && client.allows(tool))
        tools.set(tool.name, { ...tool, inputSchema });
      else unusable.push(each);
      if (index % TOOLS_AT_ONCE === TOOLS_AT_ONCE - 1) await nextTurn();
    }
    cursor = answer.nextCursor;
    if (cursor === undefined) {
      return { tools: [...tools.values()], problem: unusable.length > 0 ? describeUnusable(unusable) : undefined };
    }
    if (cursors.has(cursor)) {
      return { tools: [...tools.values()], problem: `page ${page} of its tools leads to a page before it` };
    }
    chars += cursor.length;
    cursors.add(cursor);
  }
  return { tools: [...tools.values()], problem: `it lists more than ${MAX_PAGES} pages of tools` };
}

/** As a clause for people, with the first names. */
function describeUnusable(tools: readonly unknown[]): string {
  const names = tools.flatMap((tool) => {
    const named = z.looseObject({ name: z.string().min(1) }).safeParse(tool);
    return named.success
      ? [`“${toReadable(named.data.name.slice(0, MAX_SHOWN_NAME_CHARS)).replaceAll(/\s+/g, ' ')}”`]
      : [];
  });
  const shown = names.slice(0, MAX_NAMED).join(', ');
  const more = names.length > MAX_NAMED ? ' and others' : '';
  return `${tools.length} of its tools have no usable name or input schema${shown === '' ? '' : `: ${shown}${more}`}`;
}
