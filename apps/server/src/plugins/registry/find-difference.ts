import type { PluginRelease } from '../plugin-release.ts';
import type { PluginGrants, PluginPart } from '../plugin-set.ts';

/** What a version brings or asks for that the version before was not granted. */
export interface GrantDifference extends Omit<PluginGrants, never> {
  /** New ones, and MCP servers that lead elsewhere than before. */
  parts: PluginPart[];
}

/** Skills, commands and subagents are text for the agent; what the agent does with it is decided call by call. */
const HARMLESS: readonly PluginPart['kind'][] = ['skill', 'command', 'agent'];

/** What an upgrade adds that somebody has to agree to. Null where it adds nothing. */
export function findDifference(
  before: PluginRelease,
  granted: PluginGrants,
  after: PluginRelease,
): GrantDifference | null {
  const had = new Set(before.parts.map(({ kind, name }) => `${kind} ${name}`));
  const parts = after.parts.filter(
    ({ kind, name }) =>
      !HARMLESS.includes(kind) && (!had.has(`${kind} ${name}`) || (kind === 'mcp_server' && leadsElsewhere(name))),
  );
  function leadsElsewhere(name: string): boolean {
    const [old, next] = [before.mcpServers[name], after.mcpServers[name]];
    if (old === undefined || next === undefined) return true;
    if ('url' in next) return !('url' in old) || toOrigin(old.url) !== toOrigin(next.url);
    return !('command' in old) || old.command !== next.command;
  }
  const added = (key: keyof PluginGrants) =>
    after.requires[key].filter((each) => !granted[key].includes(each) && !before.requires[key].includes(each));
  const difference = {
    parts,
    ...{ hooks: added('hooks'), hosts: added('hosts'), secrets: added('secrets'), permissions: added('permissions') },
  };
  return Object.values(difference).every((each) => each.length === 0) ? null : difference;
}

function toOrigin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
