import type { JsonObject } from '../../audit/canonical-json.ts';
import { findReachableHosts } from '../find-reachable-hosts.ts';
import type { PluginRelease } from '../plugin-release.ts';
import { NO_GRANTS } from '../registry/lifecycle.ts';
import { toShownOrigin, toShownSource } from '../shown-source.ts';
import type { DefinitionLine } from './describe-definition.ts';

/** The field of which processes may reach which hosts. */
export const NETWORK = 'network';
export const ISOLATION = 'isolation';
/** What the fields of options begin with. */
export const OPTION = 'option ';

/** What a version says of itself and how it is to be run, apart from its parts and grants. A line for each setting. */
export function describeSettings(release: PluginRelease): DefinitionLine[] {
  const { manifest, source, origin, parts } = release;
  const { csp = {}, userConfig = {}, author, displayName, description } = manifest;
  const { properties = {}, ...schema } = (csp.configuration ?? {}) as { properties?: JsonObject };
  const hasCode = parts.some(({ kind }) => kind === 'tool' || kind === 'endpoint');
  return [
    { field: NETWORK, text: describeNetwork(release) },
    ...(hasCode ? [{ field: ISOLATION, text: csp.isolation ?? 'process' }] : []),
    ...toLines('limit ', csp.limits ?? {}),
    ...toLines('hooks ', { on_failure: csp.hooks?.on_failure, timeout_ms: csp.hooks?.timeout_ms }),
    ...toLines(OPTION, userConfig),
    ...toLines(OPTION, typeof properties === 'object' ? properties : {}),
    ...toLines('options ', schema),
    ...toLines('', { 'display name': displayName, description, author }),
    ...toLines('source ', withoutServer(toShownSource(source))),
    ...toLines('taken in ', toShownOrigin(origin)),
  ];
}

/** Claude Code runs the commands of hooks itself, with the network of the session: granted hosts do not hold them. */
export function hasCommandHooks({ parts }: PluginRelease): boolean {
  return parts.some(({ kind, file }) => kind === 'hook' && file === undefined);
}

const OF_SERVER: ReadonlySet<string> = new Set(['command', 'args', 'env', 'url', 'transport', 'headers']);

/** How a server is called stands with the server. */
function withoutServer(shown: Record<string, unknown>): Record<string, unknown> {
  if (shown['type'] !== 'mcp' && shown['type'] !== 'npm') return shown;
  return Object.fromEntries(Object.entries(shown).filter(([field]) => !OF_SERVER.has(field)));
}

function describeNetwork(release: PluginRelease): string {
  const { manifest } = release;
  if (findReachableHosts({ manifest, granted: NO_GRANTS }) === undefined) return 'any host that agents may reach';
  const held = 'only the hosts that are granted';
  return hasCommandHooks(release) ? `${held}; commands of its hooks: any host that agents may reach` : held;
}

function toLines(prefix: string, values: Readonly<Record<string, unknown>>): DefinitionLine[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [{ field: `${prefix}${name}`, text: typeof value === 'string' ? value : JSON.stringify(value) }],
  );
}
