import type { McpServerConfig } from '../manifest/mcp-server-config.ts';
import type { PluginRelease } from '../plugin-release.ts';
import type { PluginPart } from '../plugin-set.ts';
import { toShownSource } from '../shown-source.ts';

/** A line of how something is called. */
export interface DefinitionLine {
  field: string;
  text: string;
}

/** Handlers by event, as `collectHooks` returns them. */
export type HooksByEvent = Readonly<Record<string, readonly unknown[]>>;

/**
 * How a part is called: command lines, addresses, environment, modules. What an administrator wrote and could be a secret is
 * hidden, because nobody can read it back.
 */
export function describeDefinition(
  { release, hooks }: { release: PluginRelease; hooks: HooksByEvent },
  { kind, name }: PluginPart,
): DefinitionLine[] {
  const { csp, commands } = release.manifest;
  switch (kind) {
    case 'mcp_server':
      return describeServer(hideSecrets(release.mcpServers[name], release.source.type));
    case 'hook': {
      const hasModule = csp?.hooks?.events.some((event) => event === name) === true;
      return [...(hooks[name] ?? []).flatMap(describeMatcher), ...(hasModule ? toModule(csp?.hooks?.module) : [])];
    }
    case 'tool':
      return toModule(csp?.tools?.module);
    case 'endpoint':
      return toModule(csp?.endpoints?.module);
    case 'command': {
      const stated = typeof commands === 'object' && !Array.isArray(commands) ? commands[name] : undefined;
      const { content: _, source: __, ...settings } = stated ?? {};
      return toLines(settings);
    }
    case 'skill':
    case 'agent':
      return [];
  }
}

function toModule(module: string | undefined): DefinitionLine[] {
  return module === undefined ? [] : [{ field: 'module', text: module }];
}

function describeServer(config: McpServerConfig | undefined): DefinitionLine[] {
  if (config === undefined) return [];
  const named = (prefix: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).map(([name, text]) => ({ field: `${prefix}.${name}`, text }));
  const { timeout } = config;
  const end = timeout === undefined ? [] : [{ field: 'timeout', text: `${timeout} ms` }];
  if ('url' in config) {
    const { type, url, headers } = config;
    return [{ field: 'type', text: type }, { field: 'url', text: url }, ...named('headers', headers), ...end];
  }
  const { command, args, cwd, env } = config;
  return [
    { field: 'command', text: toCommandLine(command, args) },
    ...(cwd === undefined ? [] : [{ field: 'cwd', text: cwd }]),
    ...named('env', env),
    ...end,
  ];
}

/** What an administrator wrote, as it is shown elsewhere too. What stands in the content is shown as it is. */
function hideSecrets(config: McpServerConfig | undefined, source: PluginRelease['source']['type']) {
  if (config === undefined || (source !== 'mcp' && source !== 'npm')) return config;
  const { args, env, headers, url } = toShownSource({ ...config, type: 'mcp', name: '' }) as Partial<
    Record<'env' | 'headers', Record<string, string>> & { args: string[]; url: string }
  >;
  return 'url' in config
    ? { ...config, url: url ?? '', ...(headers && { headers }) }
    : { ...config, args: args ?? [], ...(env && { env }) };
}

/** The handlers of one matcher, with every field that the CLI may read. */
function describeMatcher(value: unknown): DefinitionLine[] {
  const { matcher, hooks } = toRecord(value);
  const field = typeof matcher === 'string' && matcher !== '' ? `matcher ${matcher}` : 'always';
  return (Array.isArray(hooks) ? hooks : []).map((hook) => ({ field, text: describeHandler(toRecord(hook)) }));
}

function describeHandler({ type, command, args, ...more }: Record<string, unknown>): string {
  const line =
    type === 'command' ? toCommandLine(toText(command), Array.isArray(args) ? args.map(toText) : []) : toText(type);
  return Object.keys(more).length === 0 ? line : `${line} ${JSON.stringify(more)}`;
}

/** As one would type it; quoted where a blank or a quote would make another argument of it. */
function toCommandLine(command: string, args: readonly string[]): string {
  return [command, ...args.map((each) => (/^[^\s"'\\]+$/.test(each) ? each : JSON.stringify(each)))].join(' ');
}

function toLines(settings: Readonly<Record<string, unknown>>): DefinitionLine[] {
  return Object.entries(settings).flatMap(([field, value]) =>
    value === undefined ? [] : [{ field, text: toText(value) }],
  );
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
