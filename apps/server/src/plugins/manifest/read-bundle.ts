import { z } from 'zod';

import type { PluginProblem } from '../problem.ts';
import { toRefusal } from '../problem.ts';
import type { PluginFiles } from './plugin-files.ts';
import { pluginManifest, type PluginManifest } from './plugin-manifest.ts';
import { readJson } from './read-json.ts';
import { toProblems } from './to-problems.ts';

const FILE = 'manifest.json';
const PLATFORM = process.platform;

const program = { command: z.string().min(1), args: z.array(z.string()), env: z.record(z.string(), z.string()) };

/**
 * What is read of the manifest of an MCP Bundle, versions 0.1 to 0.4 (`@anthropic-ai/mcpb` 2.1.2). Other fields are for shops
 * and for Claude Desktop, and are ignored.
 */
const bundleManifest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  version: z.string(),
  description: z.string(),
  author: z.object({ name: z.string(), email: z.string().optional(), url: z.string().optional() }).optional(),
  license: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  server: z.object({
    type: z.enum(['node', 'python', 'binary', 'uv']),
    mcp_config: z.object({
      ...program,
      args: program.args.optional(),
      env: program.env.optional(),
      platform_overrides: z.record(z.string(), z.object(program).partial()).optional(),
    }),
  }),
  compatibility: z.object({ platforms: z.array(z.string()).optional() }).optional(),
  user_config: z.record(z.string(), z.json()).optional(),
});

type BundleManifest = z.output<typeof bundleManifest>;

/** A bundle as a plugin with one MCP server. */
export interface ReadBundle {
  manifest: PluginManifest;
  problems: PluginProblem[];
}

/**
 * Reads the folder of an MCP Bundle (`.mcpb`, before that `.dxt`); undefined for a folder that is none. Other things have a
 * `manifest.json` too.
 * @throws CspError `invalid_request` with the problems of a bundle that cannot be used
 */
export async function readBundle(files: PluginFiles): Promise<ReadBundle | undefined> {
  if (!files.has(FILE)) return undefined;
  const read = await readJson(files, FILE);
  if (!read.ok || !isBundle(read.value)) return undefined;
  const parsed = bundleManifest.safeParse(read.value);
  if (!parsed.success) throw toRefusal(toProblems(parsed.error, FILE));
  const { data } = parsed;
  const stated = pluginManifest.safeParse(toPluginManifest(data));
  if (!stated.success) throw toRefusal(toProblems(stated.error, FILE).map(toOwnField));
  return { manifest: stated.data, problems: listProblems(data) };
}

/** As the bundle's author writes it, not as it is called in a manifest of Claude Code. */
function toOwnField(problem: PluginProblem): PluginProblem {
  const field = problem.field
    ?.replace(/^userConfig(?=\.|$)/, 'user_config')
    .replace(/^displayName$/, 'display_name')
    .replace(/^mcpServers\.[^.]*/, 'server.mcp_config');
  return { ...problem, field: field ?? null };
}

function isBundle(value: unknown): boolean {
  const { manifest_version: version, dxt_version: old, server } = (value ?? {}) as Record<string, unknown>;
  return typeof server === 'object' && (typeof version === 'string' || typeof old === 'string');
}

function toPluginManifest(bundle: BundleManifest): object {
  const { name, display_name: displayName, version, description, author, license, keywords, user_config } = bundle;
  const { platform_overrides: overrides, ...stated } = bundle.server.mcp_config;
  const { command = stated.command, args = stated.args ?? [], env = stated.env ?? {} } = overrides?.[PLATFORM] ?? {};
  const isList = (option: string) => (user_config?.[option] as { multiple?: unknown } | undefined)?.multiple === true;
  const toArgument = (text: string) =>
    toReference(text).replace(/^\$\{user_config\.(\w+)\}$/, (whole, option: string) =>
      // A list becomes as many arguments.
      isList(option) ? `\${user_config.${option}...}` : whole,
    );
  const server = {
    command: toReference(command),
    args: args.map(toArgument),
    env: Object.fromEntries(Object.entries(env).map(([key, text]) => [key, toReference(text)])),
  };
  return {
    ...{ name, displayName, version, description, author, license, keywords, userConfig: user_config },
    mcpServers: { [name]: server },
  };
}

/** Folders of a person's desktop are not here: what names one gets the workspace. */
function toReference(text: string): string {
  return text
    .replaceAll('${__dirname}', '${CLAUDE_PLUGIN_ROOT}')
    .replaceAll(/\$\{(?:pathSeparator|\/)\}/g, '/')
    .replaceAll(/\$\{(?:HOME|DESKTOP|DOCUMENTS|DOWNLOADS)\}/g, '${CLAUDE_PROJECT_DIR}');
}

function listProblems({ server, compatibility }: BundleManifest): PluginProblem[] {
  const platforms = compatibility?.platforms ?? [PLATFORM];
  const toProblem = (field: string, message: string, remedy: string) => ({ file: FILE, field, message, remedy });
  return [
    ...(platforms.includes(PLATFORM)
      ? []
      : [
          toProblem(
            'compatibility.platforms',
            `is made for ${platforms.join(' and ')}, and the server runs on ${PLATFORM}`,
            'Take a version for this platform',
          ),
        ]),
    ...(server.type === 'python' || server.type === 'uv'
      ? [
          toProblem(
            'server.type',
            `needs ${server.type} on the server, with what it imports in the bundle`,
            `Install ${server.type} in the PATH of agents; nothing is downloaded when it starts`,
          ),
        ]
      : []),
  ];
}
