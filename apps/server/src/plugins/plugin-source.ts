import { z } from 'zod';

import type { JsonObject } from '../audit/canonical-json.ts';

const text = z.string().min(1).max(4096);
const texts = z.record(z.string().min(1).max(200), z.string().max(65_536));
const programArgs = z.array(z.string().max(65_536)).max(1000).optional();
const programEnv = texts.optional().describe('Values may be `${secret:NAME}`. Nobody can read them back.');
const plugin = z.string().min(1).max(200).optional().describe('Which plugin, where the source is a marketplace.');

/** From where a plugin is taken in, as people say it. */
export const pluginSource = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('path'),
      path: text.describe('Absolute path on the server: a folder, or an .mcp.json. It is copied.'),
      plugin,
      dev: z
        .literal(true)
        .optional()
        .describe('Of a loop of development: a roll back goes to the version before the first of its versions.'),
    }),
    z.strictObject({
      type: z.literal('npm'),
      name: text.describe('Of the package.'),
      version: text.optional().describe('A version, range or tag; by default `latest`.'),
      args: programArgs.describe(
        'For the MCP server that the package’s `bin` becomes, after its program; may hold `${CLAUDE_PLUGIN_DATA}`.',
      ),
      env: programEnv,
      plugin,
    }),
    z.strictObject({
      type: z.literal('git'),
      url: text.describe('https://, ssh:// or git@ address.'),
      ref: text.optional().describe('Branch, tag or commit; by default the main branch. The commit is what is kept.'),
      path: text.optional().describe('A folder in the repository.'),
      plugin,
    }),
    z
      .strictObject({
        type: z.literal('mcp'),
        name: z.string().min(1).max(200).describe('Of the server, and so of the plugin.'),
        command: text.optional().describe('The program of a stdio server.'),
        args: programArgs,
        env: programEnv,
        url: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe('Of a server that is elsewhere.'),
        transport: z.enum(['http', 'sse']).optional(),
        headers: texts.optional().describe('Values may be `${secret:NAME}`. Nobody can read them back.'),
      })
      .refine(({ command, url }) => (command === undefined) !== (url === undefined), {
        path: ['command'],
        error: 'goes without url, and one of the two is needed',
      }),
  ])
  .meta({ id: 'PluginSource', description: 'From where a plugin is taken in.' });

export type GivenSource = z.output<typeof pluginSource>;

/** What is kept of a source: an archive cannot be asked again for another version. */
export type PluginSource = GivenSource | { type: 'archive'; filename: string; plugin?: string };

/** A source as people may see it: without values that could be secrets. Of an MCP server its host, or its command alone. */
export function toShownSource(source: PluginSource): Record<string, unknown> {
  if (source.type === 'git') return { ...source, url: toShownUrl(source.url) };
  if (source.type !== 'mcp' && source.type !== 'npm') return source;
  const hide = (values: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toShownValue(value)]));
  const { args, env, headers, url, ...shown } = { headers: undefined, url: undefined, ...source };
  return {
    ...shown,
    ...(args && { args: args.map(() => '…') }),
    ...(url !== undefined && { url: URL.canParse(url) ? new URL(url).origin : '…' }),
    ...(env && { env: hide(env) }),
    ...(headers && { headers: hide(headers) }),
  };
}

/** What exactly was taken in, as people may see it. */
export function toShownOrigin(origin: JsonObject): JsonObject {
  const { resolved } = origin;
  return typeof resolved === 'string' ? { ...origin, resolved: toShownUrl(resolved) } : origin;
}

/** An address without who signs in there: `git@host:team/a` becomes `host:team/a`. */
export function toShownUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/^[^/]*@/, '').replace(/[?#].*$/s, '');
  const shown = new URL(url);
  Object.assign(shown, { username: '', password: '', search: '', hash: '' });
  return shown.href;
}

/** The name of a secret; a default after `:-` could be one itself. */
function toShownValue(value: string): string {
  return /^\$\{(?:secret:)?\w+\}$/.test(value) ? value : '…';
}
