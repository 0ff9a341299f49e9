import type { PluginPartResource } from '@claude-sdk-pattern/protocol';

/** In the order in which people read them. */
const KINDS = ['mcp_server', 'tool', 'skill', 'command', 'agent', 'hook', 'endpoint'] as const;

/** The parts by kind, without kinds of which there is none. */
export function groupParts(
  parts: readonly PluginPartResource[],
): { kind: PluginPartResource['kind']; names: string[] }[] {
  return KINDS.map((kind) => ({
    kind,
    names: [...new Set(parts.filter((part) => part.kind === kind).map((part) => part.name))],
  })).filter(({ names }) => names.length > 0);
}
