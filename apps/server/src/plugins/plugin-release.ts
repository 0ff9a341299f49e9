import type { JsonObject } from '../audit/canonical-json.ts';
import type { McpServerConfig } from './manifest/mcp-server-config.ts';
import type { PluginManifest } from './manifest/plugin-manifest.ts';
import type { PluginGrants, PluginPart } from './plugin-set.ts';
import type { PluginSource } from './plugin-source.ts';
import type { PluginProblem } from './problem.ts';

/** One version of a plugin, as it was taken in. It never changes. */
export interface PluginRelease {
  version: string | null;
  /** SHA-256 of the content, or of the definition of a bare MCP server, in hexadecimal digits. */
  digest: string;
  /** The plugin's own folder in its content, empty for all of it; null for a bare MCP server. */
  root: string | null;
  source: PluginSource;
  /** What was taken in exactly: the commit, the version and its integrity. */
  origin: JsonObject;
  manifest: PluginManifest;
  mcpServers: Record<string, McpServerConfig>;
  parts: PluginPart[];
  /**
   * Digests of what runs for the parts of the kinds hook, tool and endpoint, by `kind name`; see `digestCode`. Absent in what
   * was taken in by an older server: nobody knows then whether another version runs the same.
   */
  code?: Record<string, string>;
  /** What it asks an administrator to grant. */
  requires: PluginGrants;
  problems: PluginProblem[];
}

/** A plugin in the registry. */
export interface PluginRecord {
  state: 'registered' | 'active' | 'disabled';
  release: PluginRelease;
  /** Null before it was active for the first time. */
  granted: PluginGrants | null;
  configuration: JsonObject;
  /** Of this version alone: another one may run something else in the server's own process. */
  trusted: boolean;
  /** What a roll back goes back to. */
  previous: { release: PluginRelease; granted: PluginGrants | null } | null;
  /** A version that asks for more than was granted, and waits. */
  pending: PluginRelease | null;
}

/** All content that a record refers to; a bare MCP server has none. */
export function listDigests({ release, previous, pending }: PluginRecord): string[] {
  return [release, previous?.release, pending].flatMap((each) => (each && each.root !== null ? [each.digest] : []));
}
