import type { JsonObject } from '../audit/canonical-json.ts';
import type { NamedVersion } from '../definitions/agent-skills.ts';
import type { ContentId } from './content/content-store.ts';
import type { McpServerConfig } from './manifest/mcp-server-config.ts';
import type { PluginManifest } from './manifest/plugin-manifest.ts';

export const PART_KINDS = ['mcp_server', 'skill', 'command', 'agent', 'hook', 'tool', 'endpoint'] as const;

/** One thing that a plugin brings. The name of a hook is its event. */
export interface PluginPart {
  kind: (typeof PART_KINDS)[number];
  name: string;
  /**
   * Of a skill, command or subagent: its Markdown file, or the folder of a command that is a skill, relative to `dir`. Of a
   * hook that is in TypeScript alone: its module.
   */
  file?: string;
  /** Of a skill or command: characters of its description in the list that the model gets; absent for one that is not listed. */
  listedChars?: number | undefined;
  /** Its name in its frontmatter, which the list shows too where it is another one. */
  listedAs?: string | undefined;
}

/** What an administrator granted a plugin. What is not in it, the plugin does not get. */
export interface PluginGrants {
  /** Hook events whose handlers may run. */
  hooks: readonly string[];
  /** Hosts that its processes may reach: `api.example.com`, `*.example.com`, `db.example.com:5432`. */
  hosts: readonly string[];
  /** Names of secrets that are put in where the plugin declares them. */
  secrets: readonly string[];
  /** Rules in Claude Code's syntax for tool calls that run without being asked about. */
  permissions: readonly string[];
}

/** A plugin that serves new sessions. Its content never changes: another version has another digest and folder. */
export interface ActivePlugin {
  /** Unique in the registry: lower case letters, digits and `-`, 1 to 64 characters. */
  name: string;
  version: string | null;
  /** SHA-256 of the content in hexadecimal digits; of the definition for a bare MCP server. */
  digest: string;
  /** Absolute path of the plugin's own folder; null for a bare MCP server. */
  dir: string | null;
  /** Absolute path of all of its content: `dir`, or the folder around it that also has its dependencies. */
  contentDir: string | null;
  /** Absolute path of the folder in which its MCP servers keep what lasts, whether it is there or not. */
  dataDir?: string;
  manifest: PluginManifest;
  /** Of the manifest and of `.mcp.json`, by name. */
  mcpServers: Readonly<Record<string, McpServerConfig>>;
  parts: readonly PluginPart[];
  granted: PluginGrants;
  /** Fits the schema of the manifest. */
  configuration: JsonObject;
  /** An administrator lets it run in the server's own process. */
  trusted: boolean;
  /** Of the skills of an agent, which are one plugin: their folders by name. Others have all their content in `contentDir`. */
  skillDirs?: Readonly<Record<string, string>>;
}

/** The active plugins. New sessions get those of the moment at which their process starts. */
export interface PluginSet {
  /** By name. Another array after every change. */
  readonly current: readonly ActivePlugin[];
  /** Another one whenever what a process gets from the plugins changes. */
  readonly fingerprint: string;
  /** Calls back after every change. Returns the unsubscriber. */
  onChanged(listener: () => void): () => void;
  /** Keeps the content of these versions on the disk until it is disposed of, as a process needs it that has them. */
  hold(plugins: readonly ContentId[]): Disposable;
  /** The uploaded skills of an agent as one plugin; undefined for none. */
  ofAgent(versions: readonly NamedVersion[]): ActivePlugin | undefined;
  /** Keeps a plugin that is not of the registry findable by the folder that it is served from. */
  remember(plugin: ActivePlugin): void;
  /** The plugin of `ofAgent` or `remember` that is served from this folder. */
  findOfAgent(path: string): ActivePlugin | undefined;
}
