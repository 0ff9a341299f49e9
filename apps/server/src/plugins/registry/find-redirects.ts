import { isDeepStrictEqual } from 'node:util';

import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import type { ActivePlugin } from '../plugin-set.ts';
import { toPluginMcpServers } from '../to-plugin-mcp-servers.ts';

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
 * one after the other. Arguments and URLs in the environment count too: they say what a command fetches and calls. Pure.
 */
export function findRedirects(before: ActivePlugin, after: ActivePlugin): Redirect[] {
  const old = toSpecs(before);
  const defaults = toSpecs({ ...before, configuration: {} });
  return [...toSpecs(after)].flatMap(([name, next]) => {
    if (!hasSecret(next)) return [];
    const last = old.get(name);
    const wanted = toTarget(next);
    const isSame = (one: McpServerSpec | undefined) => one !== undefined && isDeepStrictEqual(toTarget(one), wanted);
    if (isSame(last) && (hasSecret(last) || isSame(defaults.get(name)))) return [];
    return [{ server: name, to: toPlace(next), fields: listFields(name, before, after) }];
  });
}

function toSpecs(plugin: ActivePlugin): Map<string, McpServerSpec> {
  const specs = toPluginMcpServers([plugin], { nodePath: process.execPath });
  // The plugin's own tools are no server that a configuration leads anywhere.
  return new Map(specs.flatMap((spec) => (Object.hasOwn(plugin.mcpServers, spec.name) ? [[spec.name, spec]] : [])));
}

function hasSecret(spec: McpServerSpec | undefined): boolean {
  return JSON.stringify(spec ?? null).includes('${secret:');
}

function toTarget(spec: McpServerSpec): unknown {
  if ('url' in spec) return toOrigin(spec.url);
  if (!('command' in spec)) return null;
  const urls = Object.entries(spec.env).flatMap(([key, text]) => (text.includes('://') ? [[key, toOrigin(text)]] : []));
  return [spec.command, spec.args, spec.cwd, urls];
}

/** A text that is no URL, as with a secret in its host, is compared as a whole. */
function toOrigin(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, host } = new URL(text);
  return `${protocol}//${host}`;
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
