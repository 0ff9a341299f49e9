import { CspError } from '@claude-sdk-pattern/protocol';
import { leadToSame } from '@claude-sdk-pattern/protocol/server-rules';
import { z } from 'zod';

import { bareServer, type GivenSource, type PluginSource } from '../plugin-source.ts';
import { toRefusal } from '../problem.ts';

/** What a field is where it is left out. */
const DEFAULTS: Record<'command' | 'url', Partial<Record<string, unknown>>> = {
  command: { args: [] },
  url: { transport: 'http' },
};

type BareServer = Extract<GivenSource, { type: 'mcp' }>;

const value = z.string().max(65_536).nullable();
const values = z.record(z.string().max(4096), value).optional();
const KEPT = 'Null keeps what stands there and may be hidden.';

/** How a bare MCP server is to be, as a whole. What is null stays as it is, where nothing leads elsewhere. */
export const serverChange = z
  .strictObject({
    digest: z.string().max(200).describe('Of the version that is changed; another one by now is 409.'),
    command: z.string().max(4096).optional(),
    args: z.array(value).max(1000).optional().describe(KEPT),
    env: values.describe(KEPT),
    url: z.string().max(65_536).nullable().optional().describe(KEPT),
    transport: z.enum(['http', 'sse']).optional(),
    headers: values.describe(KEPT),
  })
  .meta({
    id: 'ServerChange',
    description:
      'A bare MCP server as it is to be: with `command`, or with `url`. Hidden values are kept by null only where the URL, or the command with its arguments, stays the same; a variable or header that comes, goes or gets another value than one switch or number for another counts as another place too.',
    examples: [
      { digest: 'ab12', url: 'https://mcp.example.com/mcp', headers: { Authorization: 'Bearer ${secret:TOKEN}' } },
    ],
  });

export type ServerChange = z.output<typeof serverChange>;

/**
 * The source with a change, and the names of the fields that are others than before. A hidden value never goes along to
 * another place: whoever changes where the server leads says what it gets there. Pure.
 * @throws CspError `invalid_request` for a plugin that is no bare MCP server, for values that are not kept, as `problems`, and
 * for what `pluginSource` refuses.
 */
export function toChangedServer(source: PluginSource, change: ServerChange): { source: BareServer; changed: string[] } {
  if (source.type !== 'mcp')
    throw new CspError(
      'invalid_request',
      'Only an MCP server that was added by itself can be changed. Upgrade the plugin',
    );
  const { args: hadArgs = [], env: hadEnv = {}, headers: hadHeaders = {} } = source;
  const { digest: _, command, args = [], env = {}, url, transport = 'http', headers = {} } = change;
  const isSameCommand =
    command === source.command && args.length === hadArgs.length && args.every((each, at) => isSame(each, hadArgs[at]));
  const isSameUrl = command === undefined && source.url !== undefined && isSame(url ?? null, source.url);
  const isSamePlace = isSameCommand && leadToSame(env, hadEnv);
  const unkept = [
    ...(url === null && source.url === undefined ? ['url'] : []),
    ...args.flatMap((each, at) => (each === null && !isSamePlace ? [`args[${at}]`] : [])),
    ...listUnkept('env', env, { before: hadEnv, mayKeep: isSamePlace }),
    ...listUnkept('headers', headers, { before: hadHeaders, mayKeep: isSameUrl && leadToSame(headers, hadHeaders) }),
  ];
  if (unkept.length > 0) throw toRefusal(unkept.map(toUnkept));
  const next = bareServer.safeParse({
    // The name stays, also one that is not taken any more.
    ...{ type: 'mcp', name: 'same' },
    ...(command !== undefined && { command, args: args.map((each, at) => each ?? hadArgs[at]) }),
    ...(command !== undefined && { env: fill(env, hadEnv) }),
    ...(url !== undefined && { url: url ?? source.url, transport, headers: fill(headers, hadHeaders) }),
  });
  if (!next.success)
    throw toRefusal(
      next.error.issues.map(({ path, message }) => ({
        file: null,
        field: path.join('.'),
        message,
        remedy: 'Correct it',
      })),
    );
  const changedSource = { ...next.data, name: source.name };
  return { source: changedSource, changed: listChanged(source, changedSource) };
}

function isSame(next: string | null | undefined, before: string | undefined): boolean {
  return before !== undefined && (next === null || next === before);
}

function listUnkept(
  field: string,
  next: Readonly<Record<string, string | null>>,
  { before, mayKeep }: { before: Readonly<Record<string, string>>; mayKeep: boolean },
): string[] {
  return Object.keys(next).flatMap((name) =>
    next[name] === null && (!mayKeep || before[name] === undefined) ? [`${field}.${name}`] : [],
  );
}

function toUnkept(field: string) {
  const message = 'is hidden, and is not taken along to another place';
  return { file: null, field, message, remedy: 'Type it again, or write ${secret:NAME}' };
}

function fill(next: Readonly<Record<string, string | null>>, before: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(next).map(([name, given]) => [name, given ?? before[name]]));
}

/** Names alone: values may be secrets. */
function listChanged(before: BareServer, after: BareServer): string[] {
  const fields = ['command', 'args', 'url', 'transport'] as const;
  const toText = (server: BareServer, field: (typeof fields)[number]) =>
    JSON.stringify(server[field] ?? DEFAULTS[server.url === undefined ? 'command' : 'url'][field]);
  const names = (key: 'env' | 'headers') =>
    Object.keys({ ...before[key], ...after[key] })
      .filter((name) => before[key]?.[name] !== after[key]?.[name])
      .map((name) => `${key}.${name}`);
  const changed = fields.filter((field) => toText(before, field) !== toText(after, field));
  return [...changed, ...names('env'), ...names('headers')];
}
