import type { PluginProblem } from '../problem.ts';
import { findServerProblems } from './find-server-problems.ts';
import { mcpServerConfig, type McpServerConfig } from './mcp-server-config.ts';
import type { PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import { readJson } from './read-json.ts';

const DEFAULT_FILE = '.mcp.json';
const MANIFEST = '.claude-plugin/plugin.json';

export interface FoundServers {
  servers: Record<string, McpServerConfig>;
  problems: PluginProblem[];
}

/** The MCP servers of a plugin: in `.mcp.json` and in its manifest, which wins. Broken ones are left out and named. */
export async function findMcpServers(files: PluginFiles, manifest: PluginManifest): Promise<FoundServers> {
  const found: FoundServers = { servers: {}, problems: [] };
  const takeFile = async (file: string) => {
    const read = await readJson(files, file);
    if (read.ok) takeServers(found, toServerMap(read.value), { file, at: ['mcpServers'] });
    else found.problems.push(read.problem);
  };
  if (files.has(DEFAULT_FILE)) await takeFile(DEFAULT_FILE);
  for (const [index, stated] of [manifest.mcpServers ?? []].flat().entries()) {
    const field = Array.isArray(manifest.mcpServers) ? `mcpServers[${index}]` : 'mcpServers';
    if (typeof stated !== 'string') takeServers(found, stated, { file: MANIFEST, at: [field] });
    else if (files.has(stated) && stated.endsWith('.json')) await takeFile(stated.replace(/^\.\//, ''));
    else found.problems.push({ file: MANIFEST, field, ...toUnread(stated) });
  }
  return found;
}

/** Files have the servers either as they are or in a field `mcpServers`. */
function toServerMap(value: unknown): unknown {
  const { mcpServers } = (value ?? {}) as { mcpServers?: unknown };
  return mcpServers ?? value;
}

function takeServers(found: FoundServers, value: unknown, place: { file: string; at: readonly string[] }): void {
  const { file, at } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const [message, remedy] = ['is no object of servers', 'Write `{"mcpServers": {"name": {"command": "…"}}}`'];
    found.problems.push({ file, field: at.join('.'), message, remedy });
    return;
  }
  for (const [name, config] of Object.entries(value)) {
    const parsed = mcpServerConfig.safeParse(config);
    if (parsed.success && name !== '') found.servers[name] = parsed.data;
    found.problems.push(...findServerProblems(config, { error: parsed.error, file, at: [...at, name] }));
  }
}

function toUnread(stated: string): Pick<PluginProblem, 'message' | 'remedy'> {
  return /\.(?:mcpb|dxt)$/.test(stated)
    ? {
        message: 'names a bundle, which is not unpacked here',
        remedy: 'Take the bundle in by itself, or list the server with its command',
      }
    : { message: `names ${stated}, which is not there`, remedy: 'Correct the path' };
}
