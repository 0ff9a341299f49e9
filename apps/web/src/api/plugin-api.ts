import type { PluginFileReviewResource, PluginResource, PluginReviewResource } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';
import { upload, type UploadOptions } from './upload.ts';

/** From where a plugin is taken in, as `POST /api/v1/plugins` takes it. */
export type PluginSource =
  | { type: 'path'; path: string; plugin?: string }
  | { type: 'npm'; name: string; version?: string; args?: string[]; env?: Record<string, string>; plugin?: string }
  | { type: 'git'; url: string; ref?: string; path?: string; plugin?: string }
  | { type: 'mcp'; name: string; command: string; args?: string[]; env?: Record<string, string> }
  | { type: 'mcp'; name: string; url: string; transport?: 'http' | 'sse'; headers?: Record<string, string> };

/** An archive of a plugin (.tgz, .tar, .zip, .mcpb), from the person's own computer. */
export interface PluginArchive {
  type: 'archive';
  file: File;
  /** Which plugin, where the archive is a marketplace. */
  plugin?: string;
}

export interface PluginActivation {
  grants: { hooks: string[]; hosts: string[]; secrets: string[]; permissions: string[] };
  /** Whether it may run in the server's own process. */
  trusted: boolean;
  /** Of the version that was looked at. */
  digest: string | null;
  /** Of the plugin that was looked at. */
  revision: number | null;
}

/** A bare MCP server as it is to be; null keeps what is hidden, where the server does not lead elsewhere. */
export interface ServerChange {
  /** Of the version that is changed. */
  digest: string;
  command?: string;
  args?: (string | null)[];
  env?: Record<string, string | null>;
  url?: string | null;
  transport?: 'http' | 'sse';
  headers?: Record<string, string | null>;
}

/** The version that waits, the one that a roll back goes to, or the one that is there. */
export type ReviewedVersion = 'pending' | 'previous' | 'current';

/** `/api/v1/plugins`. All may read; administrators change, operators configure. */
export interface PluginApi {
  list: () => Promise<{ data: PluginResource[] }>;
  get: (name: string) => Promise<PluginResource>;
  install: (source: PluginSource | PluginArchive, options: UploadOptions) => Promise<PluginResource>;
  /** What a version brings and changes; for administrators. */
  review: (name: string, version: ReviewedVersion) => Promise<PluginReviewResource>;
  /** How one file was changed; for administrators. */
  reviewFile: (name: string, version: ReviewedVersion, path: string) => Promise<PluginFileReviewResource>;
  activate: (name: string, activation: PluginActivation) => Promise<PluginResource>;
  deactivate: (name: string) => Promise<PluginResource>;
  /** Takes the next version: from where the plugin came, or from what is given. */
  upgrade: (name: string, archive: PluginArchive | null, options: UploadOptions) => Promise<PluginResource>;
  /** Changes an MCP server that was added by itself, by the rules of an upgrade. */
  changeServer: (name: string, change: ServerChange) => Promise<PluginResource>;
  rollBack: (name: string) => Promise<PluginResource>;
  configure: (name: string, configuration: Record<string, unknown>) => Promise<PluginResource>;
  remove: (name: string) => Promise<void>;
}

const PLUGINS = '/api/v1/plugins';

export function createPluginApi({ json, nothing, noteError }: Requests): PluginApi {
  const path = (name: string) => `${PLUGINS}/${encodeURIComponent(name)}`;
  const send = ({ file, plugin }: PluginArchive, to: string, options: UploadOptions) => {
    const body = new FormData();
    if (plugin !== undefined) body.set('plugin', plugin);
    body.set('file', file, file.name);
    return upload<PluginResource>(to, body, options).catch((error: unknown) => {
      noteError(error);
      throw error;
    });
  };
  return {
    list: () => json('GET', PLUGINS),
    get: (name) => json('GET', path(name)),
    install: (source, options) =>
      source.type === 'archive' ? send(source, PLUGINS, options) : json('POST', PLUGINS, { source }),
    review: (name, version) => json('GET', `${path(name)}/review?version=${version}`),
    reviewFile: (name, version, file) =>
      json('GET', `${path(name)}/review/file?version=${version}&path=${encodeURIComponent(file)}`),
    activate: (name, activation) => json('POST', `${path(name)}/activate`, activation),
    deactivate: (name) => json('POST', `${path(name)}/deactivate`),
    upgrade: (name, archive, options) =>
      archive === null ? json('POST', `${path(name)}/upgrade`) : send(archive, `${path(name)}/upgrade`, options),
    changeServer: (name, change) => json('PUT', `${path(name)}/server`, change),
    rollBack: (name) => json('POST', `${path(name)}/roll-back`),
    configure: (name, configuration) => json('PUT', `${path(name)}/configuration`, configuration),
    remove: (name) => nothing('DELETE', path(name)),
  };
}
