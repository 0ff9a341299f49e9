import { basename } from 'node:path';
import { parseArgs } from 'node:util';

import { PLUGIN_KINDS, type PluginKind } from './new-plugin.ts';

export const PLUGIN_HELP = `csp plugin: the plugins of a server

  list                     every plugin, and what could be taken in
  show NAME                its state, servers, problems with their remedies, and grants
  add SOURCE               take a plugin in
  activate NAME            let it, or its version that waits, serve new sessions
  review NAME              what the version that waits, or the one that is there, brings and changes
  deactivate NAME          switch it off for new sessions
  upgrade NAME [SOURCE]    take in the next version, from where it came or from elsewhere
  roll-back NAME           go back to the version before
  remove NAME              remove it
  new PATH --kind KIND     make a folder with the start of a plugin: tool, endpoint, hook, mcp, skill,
                           command-hook or agent
  validate PATH            check a folder, an archive or an .mcp.json, without a server. Its TypeScript modules are
                           run, unconfined, to compare them with the manifest; --static leaves that out
  try FOLDER [TOOL JSON]   call a tool of a folder with an input, without a server; or say which tools it has
  test FOLDER              run the tests in a folder, without a server
  dev [FOLDER]             take a folder in, and again whenever it changes, until Ctrl+C

SOURCE is a folder, an .mcp.json or an archive (.tgz, .tar, .zip, .mcpb), npm:NAME[@VERSION], git:URL[#REF], mcp:NAME=URL, or
mcp:NAME followed by -- COMMAND ARGUMENT… After npm:NAME, -- ARGUMENT… goes to the MCP server of the package.

  --plugin NAME            which plugin of a marketplace
  --env NAME=VALUE         with npm and mcp: in the environment of the MCP server; more than once; a value may be
                           '\${secret:NAME}', or have '\${CLAUDE_PLUGIN_DATA}', the folder that it may write
  --header 'NAME: VALUE'   with mcp:NAME=URL: sent with each request; more than once; a value may be 'Bearer \${secret:NAME}'
  --folder PATH            with git: a folder of the repository
  --grant KIND=A,B         with activate and dev: grant these hooks, hosts, secrets or permissions; more than once
  --grant-all              with activate and dev: grant all that it requires
  --revision N             with activate: only if nothing of the plugin has changed since add, upgrade or show printed
                           this number
  --trusted                with activate and dev: it may run in the server's own process
  --session ID             with dev: reload this session after each change
  --keep                   with dev: leave the last version active in the end
  --file PATH              with review: how this file was changed, line by line
  --previous, --current    with review: what a roll back would change; all that the version that is there brings
  --static                 with validate: run no code of the plugin
  --json                   print what the server answers
  --url URL                server; by default the one of this machine, at the host and port of the configuration
  --help                   this text

The API key is read from CLAUDE_SDK_PATTERN_API_KEY. Exit code 1 when the server refuses, or the plugin is not valid.`;

const COMMANDS = [
  'list',
  'show',
  'add',
  'activate',
  'review',
  'deactivate',
  'upgrade',
  'roll-back',
  'remove',
  'new',
  'validate',
  'try',
  'test',
  'dev',
] as const;
const GRANTS = ['hooks', 'hosts', 'secrets', 'permissions'] as const;

export interface PluginOptions {
  command: (typeof COMMANDS)[number];
  /** The plugin's name, the path of `new`, `validate`, `try`, `test` and `dev`, or undefined for `list` and `add`. */
  target: string | undefined;
  source: GivenSource | undefined;
  plugin: string | undefined;
  grants: Record<string, string[]> | undefined;
  grantsAll: boolean;
  /** Of `activate`: of the plugin that was looked at. */
  revision: number | undefined;
  trusted: boolean;
  /** Of `dev`. */
  session: string | undefined;
  keep: boolean;
  /** Of `review`: a file, and which version; undefined for the one that waits or else is there. */
  file: string | undefined;
  version: 'previous' | 'current' | undefined;
  /** Of `try`. */
  tool: string | undefined;
  input: string;
  /** Of `validate`: no code of the plugin is run. */
  isStatic: boolean;
  /** Of `new`. */
  kind: PluginKind;
  json: boolean;
  url: string | undefined;
}

/** A source as the API takes it, or an archive to upload. */
export type GivenSource = { archive: string } | { body: Record<string, unknown> };

export type ParsedPluginOptions =
  | { kind: 'options'; options: PluginOptions }
  | { kind: 'help' }
  | { kind: 'wrong'; problem: string };

/** Reads the arguments of `csp plugin`. Paths stay as they were given. Never throws. */
export function parsePluginOptions(args: readonly string[]): ParsedPluginOptions {
  const end = args.indexOf('--');
  const program = end === -1 ? [] : args.slice(end + 1);
  const parsed = readArgs(end === -1 ? args : args.slice(0, end));
  if (typeof parsed === 'string') return { kind: 'wrong', problem: parsed };
  const { values, positionals } = parsed;
  const [name, first, second, third, ...more] = positionals;
  if (values.help || name === undefined) return { kind: 'help' };
  const command = COMMANDS.find((each) => each === name);
  if (command === undefined)
    return { kind: 'wrong', problem: `There is no command ${name}; there are ${COMMANDS.join(', ')}.` };
  const takesSource = command === 'add' ? first : command === 'upgrade' ? second : undefined;
  const target = command === 'add' || command === 'list' ? undefined : (first ?? (command === 'dev' ? '.' : undefined));
  if (command !== 'list' && command !== 'dev' && first === undefined)
    return { kind: 'wrong', problem: `csp plugin ${command} needs a name or a path.` };
  const count = { list: 0, upgrade: 2, try: 3 }[command as string] ?? 1;
  if (more.length > 0 || [first, second, third].filter((each) => each !== undefined).length > count)
    return {
      kind: 'wrong',
      problem:
        command === 'add' && first?.startsWith('mcp:') === true
          ? `Write -- before the program: csp plugin add ${first} -- ${[second, third, ...more].filter((each) => each !== undefined).join(' ')}`
          : `csp plugin ${command} takes fewer arguments.`,
    };
  const grants = readGrants(values.grant ?? []);
  if (typeof grants === 'string') return { kind: 'wrong', problem: grants };
  const env = readEnv(values.env ?? []);
  if (typeof env === 'string') return { kind: 'wrong', problem: env };
  const headers = readHeaders(values.header ?? []);
  if (typeof headers === 'string') return { kind: 'wrong', problem: headers };
  const source = takesSource === undefined ? undefined : toSource(takesSource, { ...values, env, headers, program });
  if (headers !== undefined && !(source !== undefined && 'body' in source && 'url' in source.body && isCalled(source)))
    return { kind: 'wrong', problem: '--header goes only with mcp:NAME=URL.' };
  if (!isCalled(source) && (env !== undefined || end !== -1))
    return { kind: 'wrong', problem: `${end === -1 ? '--env' : '--'} goes only with npm:NAME and mcp:NAME.` };
  const { plugin, trusted = false, json = false, url } = values;
  const kind = PLUGIN_KINDS.find((each) => each === (values.kind ?? 'tool'));
  if (kind === undefined) return { kind: 'wrong', problem: `--kind takes ${PLUGIN_KINDS.join(', ')}.` };
  const revision = values.revision === undefined ? undefined : Number(values.revision);
  if (revision !== undefined && !Number.isSafeInteger(revision))
    return { kind: 'wrong', problem: '--revision takes a number, as csp plugin show prints it.' };
  const options = {
    command,
    target,
    source,
    plugin,
    grants,
    grantsAll: values['grant-all'] ?? false,
    ...{ trusted, revision },
    ...{ session: values.session, keep: values.keep ?? false },
    ...{ file: values.file, version: toVersion(values) },
    ...{ tool: second, input: third ?? '{}', isStatic: values.static ?? false },
    kind,
    json,
    url,
  };
  return { kind: 'options', options };
}

/** Whether a file is one that `csp` uploads. */
export function isArchive(path: string): boolean {
  return /\.(?:tgz|tar\.gz|tar|zip|mcpb|dxt)$/i.test(path);
}

/** Whether a source takes arguments and an environment. */
function isCalled(source: GivenSource | undefined): boolean {
  return source !== undefined && 'body' in source && ['npm', 'mcp'].includes(String(source.body['type']));
}

interface SourceValues {
  plugin?: string | undefined;
  folder?: string | undefined;
  env: Record<string, string> | undefined;
  headers: Record<string, string> | undefined;
  /** What stands after `--`. */
  program: readonly string[];
}

function toSource(text: string, { plugin, folder, env, headers, program }: SourceValues): GivenSource {
  const called = { ...(env && { env }) };
  const more = { ...(plugin !== undefined && { plugin }) };
  const [, kind = '', rest = ''] = /^(npm|git|mcp):(.+)$/s.exec(text) ?? [];
  if (kind === 'npm') {
    const at = rest.lastIndexOf('@');
    const [name, version] = at > 0 ? [rest.slice(0, at), rest.slice(at + 1)] : [rest];
    const args = { ...(program.length > 0 && { args: program }), ...called };
    return { body: { type: 'npm', name, ...(version !== undefined && { version }), ...args, ...more } };
  }
  if (kind === 'git') {
    const [url = '', ref] = rest.split('#');
    return {
      body: {
        type: 'git',
        url,
        ...(ref !== undefined && { ref }),
        ...(folder !== undefined && { path: folder }),
        ...more,
      },
    };
  }
  if (kind === 'mcp') {
    const [name, url] = splitOnce(rest, '=');
    const [command, ...args] = program;
    return {
      body: {
        type: 'mcp',
        name,
        ...(url === undefined ? { command, args } : { url, ...(headers && { headers }) }),
        ...called,
      },
    };
  }
  return isArchive(basename(text)) ? { archive: text } : { body: { type: 'path', path: text, ...more } };
}

function readGrants(texts: readonly string[]): Record<string, string[]> | undefined | string {
  if (texts.length === 0) return undefined;
  const grants: Record<string, string[]> = {};
  for (const text of texts) {
    const [kind, names = ''] = splitOnce(text, '=');
    if (!GRANTS.some((each) => each === kind)) return `--grant takes ${GRANTS.join(', ')}, as hooks=PreToolUse.`;
    // A rule may have commas.
    const list = kind === 'permissions' ? [names] : names.split(',');
    grants[kind] = [...(grants[kind] ?? []), ...list.filter((each) => each !== '')];
  }
  return grants;
}

function readEnv(texts: readonly string[]): Record<string, string> | undefined | string {
  if (texts.length === 0) return undefined;
  const env: Record<string, string> = {};
  for (const text of texts) {
    const [name, value] = splitOnce(text, '=');
    // What has no name could be a secret, and is not repeated.
    if (name === '' || value === undefined) return '--env takes NAME=VALUE.';
    env[name] = value;
  }
  return env;
}

function toVersion(values: { previous?: boolean; current?: boolean }): PluginOptions['version'] {
  return values.previous ? 'previous' : values.current ? 'current' : undefined;
}

function readHeaders(texts: readonly string[]): Record<string, string> | undefined | string {
  if (texts.length === 0) return undefined;
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const [name, value] = splitOnce(text, ':');
    if (name.trim() === '' || value === undefined) return "--header takes 'NAME: VALUE'.";
    headers[name.trim()] = value.trim();
  }
  return headers;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ plugin: { type: 'string' }, folder: { type: 'string' }, url: { type: 'string' } },
        ...{ kind: { type: 'string' }, session: { type: 'string' }, keep: { type: 'boolean' } },
        static: { type: 'boolean' },
        ...{ file: { type: 'string' }, previous: { type: 'boolean' }, current: { type: 'boolean' } },
        grant: { type: 'string', multiple: true },
        env: { type: 'string', multiple: true },
        header: { type: 'string', multiple: true },
        ...{ 'grant-all': { type: 'boolean' }, trusted: { type: 'boolean' }, json: { type: 'boolean' } },
        revision: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    // Its second sentence is about positional arguments.
    return error instanceof Error ? error.message.replace(/\. .*$/s, '.') : String(error);
  }
}
