import type { Conversation } from '../conversation.ts';
import type { Reply } from '../reply.ts';
import { say, useTool } from '../reply.ts';
import type { Scenario } from '../scenario.ts';

/** `use the tool greet with {"name": "Ada"}` */
const CALL = /\b(?:use|call|try)\b(?: the)? tool\b[\s:]*[`"']?([\w.:@/-]+)[`"']?\s*(?:with|:)?\s*(\{[\s\S]*\})?/i;
const OF_SERVER = /^mcp__/;
const MAX_LISTED = 40;

/** Calls tools of plugins and MCP servers, so that they can be tried without an API key. */
export const toolScenarios: readonly Scenario[] = [
  { name: 'demo: tool of a server', match: { userText: CALL }, reply: replyWithCall },
  {
    name: 'demo: tools',
    match: { userText: /\b(?:what|which|list|show)\b.*\btools\b/i },
    reply: ({ toolNames }) => {
      const found = toolNames.filter((name) => OF_SERVER.test(name));
      if (found.length === 0) return say('No plugin and no MCP server gives me a tool in this session.');
      const more = found.length > MAX_LISTED ? `\n\n… and ${found.length - MAX_LISTED} more.` : '';
      const list = found.slice(0, MAX_LISTED).map((name) => `- \`${name}\``);
      return say(`These come from plugins and MCP servers:\n\n${list.join('\n')}${more}\n\nSay **use the tool NAME**.`);
    },
  },
];

function replyWithCall(conversation: Conversation): Reply | readonly Reply[] {
  const [, wanted = '', json] = CALL.exec(conversation.userText) ?? [];
  const name = findTool(conversation.toolNames, wanted);
  if (name === undefined) return say(`I have no tool that is called \`${wanted}\`. Say **list the tools**.`);
  const called = conversation.toolCalls.find((call) => call.name === name);
  if (called?.result !== undefined) {
    const outcome = called.result.isError ? 'It answered with an error' : 'It answered';
    return say(`${outcome}:\n\n\`\`\`text\n${called.result.text.slice(0, 4000)}\n\`\`\``);
  }
  const input = json === undefined ? toExample(findSchema(conversation, name)) : parseInput(json);
  if (input === undefined) return say(`What stands behind the name is no JSON object: \`${json}\``);
  return [say(`I call \`${name}\`.`), useTool(name, input)];
}

/** The name itself, or what a server or plugin calls it. */
function findTool(names: readonly string[], wanted: string): string | undefined {
  const sought = wanted.toLowerCase();
  const isOwn = (name: string) => name.toLowerCase().endsWith(`__${sought}`);
  return (
    names.find((name) => name.toLowerCase() === sought) ??
    names.find(isOwn) ??
    names.find((name) => OF_SERVER.test(name) && name.toLowerCase().includes(sought))
  );
}

function parseInput(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

interface Schema {
  properties?: Record<string, { type?: unknown; enum?: unknown[]; default?: unknown } | undefined>;
  required?: readonly string[];
}

function findSchema({ request }: Conversation, name: string): Schema {
  const tool = request.tools?.find((each) => each.name === name) as { input_schema?: Schema } | undefined;
  return tool?.input_schema ?? {};
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  ...{ string: 'demo', number: 1, integer: 1, boolean: true, array: [], object: {} },
};

/** An input with a value for each field that is required. */
function toExample({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  return Object.fromEntries(
    required.map((field) => {
      const { type, enum: values, default: given } = properties[field] ?? {};
      return [field, given ?? values?.[0] ?? EXAMPLES[typeof type === 'string' ? type : 'string']];
    }),
  );
}
