import { toDigestOf, type JsonObject } from '../../audit/canonical-json.ts';
import type { McpServerConfig } from '../manifest/mcp-server-config.ts';
import type { PluginRelease } from '../plugin-release.ts';
import { findReachableHosts } from '../find-reachable-hosts.ts';
import type { PluginGrants, PluginPart } from '../plugin-set.ts';

/** What a version brings, changes or asks for that the version before was not granted. */
export interface GrantDifference extends Omit<PluginGrants, never> {
  /** New ones, and those that run something else than before. */
  parts: PluginPart[];
}

/** Skills, commands and subagents are text for the agent; what the agent does with it is decided call by call. */
const HARMLESS: readonly PluginPart['kind'][] = ['skill', 'command', 'agent'];

/** In `hosts`, of a version that declares no host any more: nothing confines its processes then. It is not a grant. */
const ANY_HOST = 'any host';

/** What an upgrade adds or changes that somebody has to agree to. Null where there is nothing. */
export function findDifference(
  before: PluginRelease,
  granted: PluginGrants,
  after: PluginRelease,
): GrantDifference | null {
  const had = new Set(before.parts.map(toKey));
  const isOtherHook = (name: string) => granted.hooks.includes(name) && runsOther({ kind: 'hook', name });
  const parts = after.parts.filter(
    (part) => !HARMLESS.includes(part.kind) && (!had.has(toKey(part)) || mattersNow(part)),
  );
  /** Handlers that were not granted do not run in the next version either. */
  function mattersNow(part: PluginPart): boolean {
    return part.kind === 'hook' ? isOtherHook(part.name) : runsOther(part);
  }
  function runsOther(part: PluginPart): boolean {
    const { kind, name } = part;
    if (kind === 'mcp_server')
      return (
        toServerDigest(before, name) !== toServerDigest(after, name) ||
        (runsContent(after.mcpServers[name]) && before.digest !== after.digest)
      );
    const [old, next] = [before.code?.[toKey(part)], after.code?.[toKey(part)]];
    return old === undefined || old !== next || toDefaultsDigest(before) !== toDefaultsDigest(after);
  }
  const added = (key: keyof PluginGrants) =>
    after.requires[key].filter((each) => !granted[key].includes(each) && !before.requires[key].includes(each));
  const hooks = after.requires.hooks.filter((each) => added('hooks').includes(each) || isOtherHook(each));
  const hosts = isConfined(before, granted) && !isConfined(after, granted) ? [ANY_HOST] : added('hosts');
  const difference = {
    parts,
    ...{ hooks, hosts, secrets: added('secrets'), permissions: added('permissions') },
  };
  return Object.values(difference).every((each) => each.length === 0) ? null : difference;
}

function toKey({ kind, name }: PluginPart): string {
  return `${kind} ${name}`;
}

/** Whether its program may read any file of the content: the folder is named, or its path begins there. */
function runsContent(config: McpServerConfig | undefined): boolean {
  if (config === undefined || 'url' in config) return false;
  return config.command.startsWith('./') || JSON.stringify(config).includes('CLAUDE_PLUGIN_ROOT');
}

function isConfined({ manifest }: PluginRelease, granted: PluginGrants): boolean {
  return findReachableHosts({ manifest, granted }) !== undefined;
}

/** Of all but how long its tools may take, with the defaults that stand in it where nothing is configured. */
function toServerDigest({ mcpServers, manifest }: PluginRelease, name: string): string {
  const config: McpServerConfig | undefined = mcpServers[name];
  const text = JSON.stringify(config ?? null);
  const isNamed = (option: string) => text.includes(`\${user_config.${option}`);
  return toDigestOf({ ...config, timeout: null, defaults: toDefaults(manifest, isNamed) });
}

/** Tools, endpoints and hooks get every option. */
function toDefaultsDigest({ manifest }: PluginRelease): string {
  return toDigestOf(toDefaults(manifest, () => true));
}

function toDefaults({ userConfig = {} }: PluginRelease['manifest'], isUsed: (option: string) => boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(userConfig).flatMap(([option, { default: value }]) =>
      value !== undefined && isUsed(option) ? [[option, value]] : [],
    ),
  );
}
