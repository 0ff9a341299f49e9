import { z } from 'zod';

import { cspAdditions } from './csp-additions.ts';
import { mcpServerConfigs } from './mcp-server-config.ts';
import { pathInPlugin } from './path-in-plugin.ts';
import { userOptions } from './user-option.ts';

const anyPath = pathInPlugin();
const markdown = pathInPlugin(['.md']);
const json = pathInPlugin(['.json']);
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item)]);
/** Checked event by event in `find-hooks.ts`, so that one bad event does not hide the others. */
const hooks = z.record(z.string(), z.json());
const ignored = z.json().optional();

const command = z
  .object({
    source: anyPath.optional(),
    content: z.string().optional(),
    description: z.string().optional(),
    argumentHint: z.string().optional(),
    model: z.string().optional(),
    allowedTools: z.array(z.string()).optional(),
  })
  .refine(({ source, content }) => (source === undefined) !== (content === undefined), {
    error: 'takes either source or content',
  });

/**
 * `.claude-plugin/plugin.json` as Claude Code reads it (CLI 2.1.332), with our one field `csp`. Paths begin with `./` and
 * stay inside of the plugin. `lspServers`, `outputStyles`, `themes`, `monitors`, `workflows`, `channels`, `settings`,
 * `binaries`, `types` and `experimental` are accepted and not used.
 */
export const pluginManifest = z
  .object({
    $schema: z.string().optional(),
    name: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\s\p{Cc}\p{Cf}]+$/u, 'takes no spaces and no invisible characters'),
    displayName: z.string().max(200).optional(),
    version: z.string().max(200).optional(),
    description: z.string().optional(),
    author: z
      .union([
        z.string(),
        z.object({ name: z.string().min(1), email: z.string().optional(), url: z.string().optional() }),
      ])
      .optional(),
    homepage: z.url().optional(),
    repository: z.union([z.string(), z.object({ url: z.string() })]).optional(),
    license: z.string().optional(),
    keywords: z.array(z.string()).optional(),
    defaultEnabled: z.boolean().optional(),
    dependencies: z.array(z.json()).optional(),
    optionalDependencies: z.array(z.json()).optional(),
    metadata: z.record(z.string(), z.json()).optional(),
    engines: z.record(z.string(), z.json()).optional(),
    network: z.object({ hosts: z.array(z.string()) }).optional(),
    commands: z.union([oneOrMore(anyPath), z.record(z.string(), command)]).optional(),
    agents: oneOrMore(markdown).optional(),
    skills: oneOrMore(anyPath).optional(),
    hooks: oneOrMore(z.union([json, hooks])).optional(),
    mcpServers: oneOrMore(z.union([z.string().max(2000), mcpServerConfigs])).optional(),
    userConfig: userOptions.optional(),
    lspServers: ignored,
    outputStyles: ignored,
    themes: ignored,
    monitors: ignored,
    workflows: ignored,
    channels: ignored,
    settings: ignored,
    binaries: ignored,
    types: ignored,
    experimental: ignored,
    csp: cspAdditions.optional(),
  })
  .meta({ id: 'PluginManifest', title: 'Manifest of a plugin for claude-sdk-pattern' });

/** As the registry keeps it: with what only the entry of a marketplace can say. */
export type PluginManifest = z.output<typeof pluginManifest> & {
  /** Of the entry, by event; see `listHookSources`. */
  entryHooks?: z.output<typeof hooks>;
};

/** The plugin's name for people. */
export function toDisplayName({ displayName, name }: Pick<PluginManifest, 'displayName' | 'name'>): string {
  return displayName ?? name;
}
