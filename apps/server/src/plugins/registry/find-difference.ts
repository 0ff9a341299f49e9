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

const HARMLESS: readonly PluginPart['kind'][] = ['skill', 'command', 'agent'];

/** In `hosts`, of a version that declares no host any more: nothing confines its processes then. It is not a grant. */
const ANY_HOST = 'any host';

/** Why somebody has to agree to a part: it is new, it is called in another way, what it runs or its defaults changed. */
export type GrantReason = 'added' | 'definition' | 'files' | 'defaults';

/** What an upgrade adds or changes that somebody has to agree to. Null where there is nothing. */
export function findDifference(
  before: PluginRelease,
  granted: PluginGrants,
  after: PluginRelease,
): GrantDifference | null {
  const reasonsOf = createGrantReasons({ before, granted, after });
  const parts = after.parts.filter((part) => reasonsOf(part).length > 0);
  const isOtherHook = (name: string) =>
    granted.hooks.includes(name) && parts.some((part) => part.kind === 'hook' && part.name === name);
  const added = (key: keyof PluginGrants) =>
    after.requires[key].filter((each) => !granted[key].includes(each) && !before.requires[key].includes(each));
  const hooks = after.requires.hooks.filter((each) => added('hooks').includes(each) || isOtherHook(each));
  const hosts = losesConfinement(before, granted, after) ? [ANY_HOST] : added('hosts');
  const difference = {
    parts,
    ...{ hooks, hosts, secrets: added('secrets'), permissions: added('permissions') },
  };
  return Object.values(difference).every((each) => each.length === 0) ? null : difference;
}

/** Why a part of the version `after` needs a new grant; nothing where it needs none. */
export function createGrantReasons({ before, granted, after }: Versions): (part: PluginPart) => GrantReason[] {
  const had = new Set(before.parts.map(toKey));
  const isOther = before.digest !== after.digest;
  const hasOtherDefaults = toDefaultsDigest(before) !== toDefaultsDigest(after);
  const ofServer = (name: string): GrantReason[] => [
    ...(toServerDigest(before, name) === toServerDigest(after, name) ? [] : (['definition'] as const)),
    ...(toNamedDefaults(before, name) === toNamedDefaults(after, name) ? [] : (['defaults'] as const)),
    ...(isOther && runsContent(after.mcpServers[name]) ? (['files'] as const) : []),
  ];
  return (part) => {
    const { kind, name } = part;
    if (!runsCode(kind)) return [];
    if (!had.has(toKey(part))) return ['added'];
    if (kind === 'mcp_server') return ofServer(name);
    // Handlers that were not granted do not run in the next version either.
    if (kind === 'hook' && !granted.hooks.includes(name)) return [];
    const [old, next] = [before.code?.[toKey(part)], after.code?.[toKey(part)]];
    return [
      ...(old !== undefined && old === next ? [] : [isOther ? ('files' as const) : ('definition' as const)]),
      ...(hasOtherDefaults ? (['defaults'] as const) : []),
    ];
  };
}

interface Versions {
  before: PluginRelease;
  granted: PluginGrants;
  after: PluginRelease;
}

/** Skills, commands and subagents are text for the agent; what the agent does with it is decided call by call. */
export function runsCode(kind: PluginPart['kind']): boolean {
  return !HARMLESS.includes(kind);
}

/** Whether the processes of a plugin were held to granted hosts, and no longer are. */
export function losesConfinement(before: PluginRelease, granted: PluginGrants, after: PluginRelease): boolean {
  return isConfined(before, granted) && !isConfined(after, granted);
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

/** Of all but how long its tools may take. */
function toServerDigest({ mcpServers }: PluginRelease, name: string): string {
  return toDigestOf({ ...mcpServers[name], timeout: null });
}

/** Of the defaults that stand in a server where nothing is configured. */
function toNamedDefaults({ mcpServers, manifest }: PluginRelease, name: string): string {
  const text = JSON.stringify(mcpServers[name] ?? null);
  return toDigestOf(toDefaults(manifest, (option) => text.includes(`\${user_config.${option}`)));
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
