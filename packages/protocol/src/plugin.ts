import type { PluginPartHealth } from './mcp-server.ts';

/** What a plugin brings, by kind. The name of a hook is its event. */
export interface PluginPartResource {
  kind: 'mcp_server' | 'skill' | 'command' | 'agent' | 'hook' | 'tool' | 'endpoint';
  name: string;
}

/** What a plugin asks for, and what it was granted. */
export interface PluginGrantsResource {
  /** Hook events. */
  hooks: readonly string[];
  hosts: readonly string[];
  secrets: readonly string[];
  /** Rules in Claude Code's syntax. */
  permissions: readonly string[];
}

export interface PluginProblemResource {
  file: string | null;
  field: string | null;
  message: string;
  remedy: string;
  /** The request that mends it, where there is one. */
  action?: 'upgrade' | 'activate' | 'configure';
  /** The plugins of a marketplace, of which `plugin` of the source has to name one; at most 200. */
  choices?: readonly string[];
}

/** /api/v1/plugins */
export interface PluginResource {
  type: 'plugin';
  name: string;
  display_name: string;
  description: string | null;
  version: string | null;
  state: 'discovered' | 'registered' | 'active' | 'disabled' | 'failed' | 'missing';
  parts: readonly PluginPartResource[];
  requires: PluginGrantsResource;
  /** Null before it was active for the first time. */
  granted: PluginGrantsResource | null;
  problems: readonly PluginProblemResource[];
  health: {
    status: 'ok' | 'idle' | 'failed';
    reason: string | null;
    /** When counting began: the start of the server that answers. ISO 8601. */
    since: string;
    /** Of all parts together. */
    calls: number;
    errors: number;
    /** Of an active plugin: its MCP servers, its endpoints and its hooks in TypeScript. */
    parts: readonly PluginPartHealth[];
  };
  /** SHA-256 of its content; null for one that was only discovered. */
  digest: string | null;
  /** Rises with every change of what is kept of it, its configuration and grants among that; null for one that was only discovered. */
  revision: number | null;
  trusted: boolean;
  /** Bytes on disk of what its MCP servers keep over sessions, as last measured. */
  data_bytes: number;
  /** What a roll back goes back to. */
  previous: { version: string | null; digest: string } | null;
  /** A version that asks for more than was granted, and waits for `activate` with grants. */
  pending: {
    version: string | null;
    digest: string;
    requires: PluginGrantsResource;
    difference: PluginGrantsResource & { parts: readonly PluginPartResource[] };
  } | null;
  /** JSON Schema of the configuration; null where there is none. */
  configuration_schema: object | null;
  /** For operators and administrators; else null. */
  configuration: object | null;
  /** From where it came, without secrets, for operators and administrators; else null. */
  source: object | null;
  /** What was taken in exactly, such as the commit, for operators and administrators; else null. */
  origin: object | null;
}
