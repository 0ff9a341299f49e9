import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '../../audit/canonical-json.ts';
import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import { toConfigurationSchema } from '../manifest/configuration-schema.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { toPluginMcpServers } from '../to-plugin-mcp-servers.ts';

const SECRET = /\$\{secret:[^{}]*\}/g;

/** A server that gets secrets, and that a configuration leads elsewhere. */
export interface Redirect {
  server: string;
  /** The host, with its port, that the server's URL now names; the command of a server that is a process. */
  to: string;
  /** The changed options that lead there, as `configuration.NAME`; `configuration` where none is named directly. */
  fields: string[];
}

/**
 * The servers that get secrets and that a change of the configuration leads to another origin or command. A server that
 * got no secret before is compared with where the plugin's defaults lead, so that an address and a secret cannot be set
 * one after the other. Arguments, the environment and headers count too: they say what is fetched and called. What can only
 * be a number, a switch or one of the plugin's own values leads nowhere. Pure.
 */
export function findRedirects(before: ActivePlugin, after: ActivePlugin): Redirect[] {
  const old = toServers(before);
  const defaults = toServers({ ...before, configuration: {} });
  return [...toServers(after)].flatMap(([name, next]) => {
    if (!getsSecret(next.spec, after)) return [];
    const last = old.get(name);
    const isSame = (one: Server | undefined) => one !== undefined && isDeepStrictEqual(one.target, next.target);
    if (isSame(last) && (getsSecret(last?.spec, before) || isSame(defaults.get(name)))) return [];
    return [{ server: name, to: toPlace(next.spec), fields: listFields(name, before, after) }];
  });
}

/**
 * The options, as `configuration.NAME`, that are changed where code of the plugin's own gets secrets: its tools, endpoints
 * and hooks in TypeScript may send them wherever a text says. Pure.
 */
export function findTextsOfCode(before: ActivePlugin, after: ActivePlugin): string[] {
  const { tools, endpoints, hooks } = after.manifest.csp ?? {};
  const hasCode = [tools, endpoints, hooks].some((each) => each !== undefined);
  if (!hasCode || after.granted.secrets.length === 0) return [];
  const [old, next] = [toFreeTexts(before), toFreeTexts(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return names.filter((name) => !isDeepStrictEqual(old[name], next[name])).map((name) => `configuration.${name}`);
}

interface Server {
  spec: McpServerSpec;
  /** Where it leads. */
  target: unknown;
}

function toServers(plugin: ActivePlugin): Map<string, Server> {
  const free = toSpecs({ ...plugin, configuration: toFreeTexts(plugin) });
  return new Map(
    [...toSpecs(plugin)].map(([name, spec]) => [name, { spec, target: toTarget(spec, free.get(name) ?? spec) }]),
  );
}

/** What a person may write as they like. */
function toFreeTexts({ manifest, configuration }: ActivePlugin): JsonObject {
  const properties = (toConfigurationSchema(manifest)?.['properties'] ?? {}) as Record<string, JsonObject | undefined>;
  const isBound = (name: string) => {
    const { type, enum: values, const: value } = properties[name] ?? {};
    const isNoText = type === 'number' || type === 'integer' || type === 'boolean';
    return isNoText || values !== undefined || value !== undefined;
  };
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => !isBound(name)));
}

function toSpecs(plugin: ActivePlugin): Map<string, McpServerSpec> {
  const specs = toPluginMcpServers([plugin], { nodePath: process.execPath });
  // The plugin's own tools are no server that a configuration leads anywhere.
  return new Map(specs.flatMap((spec) => (Object.hasOwn(plugin.mcpServers, spec.name) ? [[spec.name, spec]] : [])));
}

/** A server that names only secrets that were not granted does not start. */
function getsSecret(spec: McpServerSpec | undefined, { granted }: ActivePlugin): boolean {
  const text = JSON.stringify(spec ?? null);
  return granted.secrets.some((secret) => text.includes(`\${secret:${secret}}`));
}

/** @param free The same server with only what a person may write as they like. */
function toTarget(spec: McpServerSpec, free: McpServerSpec): unknown {
  if ('url' in spec) return [toOrigin(spec.url), toPlaces('headers' in free ? free.headers : {})];
  if (!('command' in spec) || !('command' in free)) return null;
  return [spec.command, spec.args, spec.cwd, toPlaces(free.env)];
}

/** A variable tells a program where to, and a header a server that passes on what it gets. Without those that lead nowhere. */
function toPlaces(texts: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(texts).flatMap(([name, text]) => {
    const place = toPlaceIn(text);
    return place === '' ? [] : [[name, place]];
  });
}

/** Of a text in the environment: the origin of a URL, else all of it but secrets, for it may be the name of a host. */
function toPlaceIn(text: string): string {
  return text.includes('://') ? toOrigin(text) : text.replaceAll(SECRET, '');
}

/** A text that is no URL, as with a secret in its host, that has no host, or that has several URLs, is compared as a whole. */
function toOrigin(text: string): string {
  const { protocol, host } = URL.canParse(text) ? new URL(text) : {};
  return !host || text.split('://').length > 2 ? text : `${protocol}//${host}`;
}

function toPlace(spec: McpServerSpec): string {
  if ('command' in spec) return spec.command;
  return 'url' in spec && URL.canParse(spec.url) ? new URL(spec.url).host : 'unknown';
}

function listFields(server: string, before: ActivePlugin, after: ActivePlugin): string[] {
  const text = JSON.stringify(after.mcpServers[server]);
  const names = new Set([...Object.keys(before.configuration), ...Object.keys(after.configuration)]);
  const fields = [...names]
    .filter((name) => !isDeepStrictEqual(before.configuration[name], after.configuration[name]))
    .filter((name) => text.includes(`\${user_config.${name}`))
    .map((name) => `configuration.${name}`);
  return fields.length === 0 ? ['configuration'] : fields;
}
