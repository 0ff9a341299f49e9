import { dirname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Tool as McpTool } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import { ENDPOINT_METHODS, type Endpoint } from '../define-endpoint.ts';
import { type Hook } from '../define-hook.ts';
import type { Tool } from '../define-tool.ts';
import type { PluginJob } from './plugin-job.ts';
import { readHook } from './read-hook.ts';
import { resolveOwnPackages } from './resolve-own-packages.ts';
import { toReason } from './to-reason.ts';

/** A plugin whose module was run. */
export interface LoadedPlugin {
  tools: ReadonlyMap<string, Tool>;
  endpoints: readonly { method: string; pattern: URLPattern; endpoint: Endpoint }[];
  /** In the order in which they are asked. */
  hooks: readonly Hook[];
  offer: PluginOffer;
}

/** What a plugin offers. */
export interface PluginOffer {
  tools: McpTool[];
  endpoints: { method: string; path: string }[];
  /** What of it cannot be used and why, as sentences for people. */
  problems: string[];
}

/** Loads a plugin's module. Rejects with a message for people where nothing of it can be used. */
export async function loadPlugin({
  part,
  module: path,
  toolNames,
}: Pick<PluginJob, 'part' | 'module' | 'toolNames'>): Promise<LoadedPlugin> {
  resolveOwnPackages();
  const module = await importModule(path);
  const plugin = (module.plugin ?? module.default) as
    | { tools?: unknown; endpoints?: unknown; hooks?: unknown }
    | undefined;
  if (typeof plugin !== 'object' || plugin === null)
    throw new Error('The module exports no plugin: write `export const plugin = definePlugin({ … })`');
  const problems: string[] = [];
  const found = new Map<string, { tool: Tool; listed: McpTool }>();
  for (const each of part === 'tools' ? toList(plugin.tools, 'tools') : []) {
    const read = readTool(each);
    if (typeof read === 'string') problems.push(read);
    else if (found.has(read.tool.name)) problems.push(`The tool ${read.tool.name} is defined twice; the first is used`);
    else found.set(read.tool.name, read);
  }
  const hooks = part === 'hooks' ? readHooks(plugin.hooks, { events: toolNames, problems }) : [];
  const names = part === 'tools' ? (toolNames ?? [...found.keys()]) : [];
  const used = names.flatMap((name) => found.get(name) ?? []);
  const unnamed = [...found.keys()].filter((name) => !names.includes(name));
  const others = unnamed.length === 0 ? '' : `; csp.tools.names leaves out ${unnamed.join(', ')}, which it defines`;
  problems.push(
    ...names.filter((name) => !found.has(name)).map((name) => `The module defines no usable tool ${name}${others}`),
  );
  const endpoints = (part === 'endpoints' ? toList(plugin.endpoints, 'endpoints') : []).flatMap((each) => {
    const read = readEndpoint(each);
    if (typeof read !== 'string') return [read];
    problems.push(read);
    return [];
  });
  if (part === 'endpoints' && endpoints.length === 0 && problems.length === 0)
    problems.push('The module defines no endpoint');
  return {
    tools: new Map(used.map(({ tool }) => [tool.name, tool])),
    endpoints,
    hooks,
    offer: {
      tools: used.map(({ listed }) => listed),
      endpoints: endpoints.map(({ method, endpoint }) => ({ method, path: endpoint.path })),
      problems,
    },
  };
}

async function importModule(path: string): Promise<{ plugin?: unknown; default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { plugin?: unknown; default?: unknown };
  } catch (error) {
    throw new Error(toPlace(error, dirname(path)) + toReason(error), { cause: error });
  }
}

/** `tools.ts:4: ` where Node (24) says in the stack of an error which line of the plugin it means. */
function toPlace(error: unknown, dir: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file = '', line] of stack.matchAll(/(\/[^\s:()]+\.[cm]?[jt]s):(\d+)/g))
    if (file.startsWith(dir + sep)) return `${relative(dir, file)}:${line}: `;
  return '';
}

function readHooks(
  value: unknown,
  { events, problems }: { events: readonly string[] | null; problems: string[] },
): Hook[] {
  const hooks: Hook[] = [];
  for (const each of toList(value, 'hooks')) {
    const read = readHook(each);
    if (typeof read === 'string') problems.push(read);
    else if (events === null || events.includes(read.event)) hooks.push(read);
    else problems.push(`The hook of ${read.event} is not used: add the event to csp.hooks.events of the manifest`);
  }
  const missing = (events ?? []).filter((event) => !hooks.some((hook) => hook.event === event));
  problems.push(...missing.map((event) => `The module defines no usable hook of ${event}`));
  return hooks;
}

function toList(value: unknown, field: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`The plugin's field ${field} is no list`);
}

/** The tool, or why it cannot be used. */
function readTool(value: unknown): { tool: Tool; listed: McpTool } | string {
  const tool = value as Tool;
  if (typeof tool?.name !== 'string' || tool.name === '') return 'A tool has no name';
  if (typeof tool.run !== 'function') return `The tool ${tool.name} has no function run`;
  if (typeof tool.description !== 'string') return `The tool ${tool.name} has no description`;
  try {
    const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' });
    if (inputSchema.type !== 'object') return `The input of the tool ${tool.name} is no z.object()`;
    const { name, title, description, annotations } = tool;
    const listed = {
      ...{ name, description, inputSchema: inputSchema as McpTool['inputSchema'] },
      ...(title !== undefined && { title }),
      ...(annotations !== undefined && { annotations }),
    };
    return { tool, listed };
  } catch (error) {
    return `The input of the tool ${tool.name} is no schema that a model can be given: ${toReason(error)}`;
  }
}

function readEndpoint(value: unknown): LoadedPlugin['endpoints'][number] | string {
  const endpoint = value as Endpoint;
  const { method, path, handle } = endpoint ?? {};
  const name = `${method} ${path}`;
  if (!ENDPOINT_METHODS.includes(method)) return `The endpoint ${name} needs one of ${ENDPOINT_METHODS.join(', ')}`;
  if (typeof path !== 'string' || !path.startsWith('/'))
    return `The path of the endpoint ${name} does not begin with /`;
  if (typeof handle !== 'function') return `The endpoint ${name} has no function handle`;
  try {
    return { method, pattern: new URLPattern({ pathname: path }), endpoint };
  } catch (error) {
    return `The path of the endpoint ${name} is no pattern: ${toReason(error)}`;
  }
}
