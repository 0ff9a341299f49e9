import type { Tool } from '@modelcontextprotocol/client';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** By which a tool says that a part of its input is to be sent as a header as well (SEP-2243). */
const HEADER_MARK = 'x-mcp-header';
/** As many tools as are used of one server, and as many characters of their schemas. */
const MAX_TOOLS = 1000;
const MAX_CHARS = 8 * 1024 * 1024;

/** What a header may be named (`token` of RFC 9110), and of what type the part is that it has. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Keywords of JSON Schema with one schema or a list of them, and with schemas by names. A mark in these counts as wrong. */
const NESTED = [
  ...['items', 'prefixItems', 'contains', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'],
  ...['propertyNames', 'oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else'],
];
const NAMED = ['patternProperties', 'dependentSchemas', '$defs', 'definitions'];

const toolPage = z.looseObject({ tools: z.array(z.unknown()) });
const namedTool = z.looseObject({ name: z.string(), inputSchema: z.looseObject({ type: z.literal('object') }) });

/** The tools of one server that want headers, as its newest list has them. */
export interface MarkedTools {
  find(name: unknown): Tool | undefined;
  /**
   * Takes a page of the list; `isFirst` forgets the list before it. What is over 1000 tools or 8 million characters is not
   * kept: such a tool is called without its headers.
   */
  note(page: Record<string, unknown>, isFirst: boolean): void;
}

export function createMarkedTools(): MarkedTools {
  const tools = new Map<string, Tool>();
  let chars = 0;

  return {
    find: (name) => (typeof name === 'string' ? tools.get(name) : undefined),
    note(page, isFirst) {
      if (isFirst) {
        tools.clear();
        chars = 0;
      }
      for (const each of toolPage.safeParse(page).data?.tools ?? []) {
        const { data: tool } = namedTool.safeParse(each);
        if (tool === undefined || tools.has(tool.name)) continue;
        const schema = JSON.stringify(tool.inputSchema);
        if (!schema.includes(`"${HEADER_MARK}"`)) continue;
        chars += schema.length + tool.name.length;
        if (tools.size >= MAX_TOOLS || chars > MAX_CHARS) return;
        // Without the schema of its output, which is not checked for other tools either.
        tools.set(tool.name, { name: tool.name, inputSchema: tool.inputSchema });
      }
    },
  };
}

/** Whether each mark in the schema is one that revision 2026-07-28 allows. It has clients of HTTP leave out other tools. Pure. */
export function hasValidMarks(inputSchema: object): boolean {
  if (!JSON.stringify(inputSchema).includes(`"${HEADER_MARK}"`)) return true;
  const names = new Set<string>();

  const isValidMark = (schema: Record<string, unknown>): boolean => {
    const { [HEADER_MARK]: name, type } = schema;
    if (typeof name !== 'string' || !TOKEN.test(name) || !TYPES.has(type) || names.has(name.toLowerCase()))
      return false;
    names.add(name.toLowerCase());
    return true;
  };
  const visit = (value: unknown, place: 'top' | 'property' | 'elsewhere'): boolean => {
    if (Array.isArray(value)) return value.every((each) => visit(each, 'elsewhere'));
    if (typeof value !== 'object' || value === null) return true;
    const schema = value as Record<string, unknown>;
    if (HEADER_MARK in schema && (place !== 'property' || !isValidMark(schema))) return false;
    const inside = place === 'elsewhere' ? place : 'property';
    const children = [...NAMED, 'properties'].flatMap((keyword) =>
      Object.values(schema[keyword] ?? {}).map(
        (child) => [child, keyword === 'properties' ? inside : 'elsewhere'] as const,
      ),
    );
    return (
      children.every(([child, at]) => visit(child, at)) &&
      NESTED.every((keyword) => visit(schema[keyword], 'elsewhere'))
    );
  };
  return visit(inputSchema, 'top');
}

/** In which the tools of an answer pass the SDK. */
const ASIDE = 'claude-sdk-pattern/tools';

/**
 * The answer with its tools where the SDK (`@modelcontextprotocol/client` 2.4.0) does not look: it refuses a whole page for one
 * malformed tool. `takeTools` puts them back.
 */
export function setToolsAside(message: JSONRPCMessage): JSONRPCMessage {
  if (!('result' in message) || !Array.isArray(message.result['tools'])) return message;
  const { tools, ...others } = message.result;
  return { ...message, result: { ...others, tools: [], [ASIDE]: tools } };
}

export function takeTools(answer: Record<string, unknown>): Record<string, unknown> {
  if (!(ASIDE in answer)) return answer;
  const { [ASIDE]: tools, ...others } = answer;
  return { ...others, tools };
}
