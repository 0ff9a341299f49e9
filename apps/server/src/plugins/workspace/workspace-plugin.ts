import { chmod, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

import { toDigestOf } from '../../audit/canonical-json.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { Brought } from '../../workspaces/brought/read-brought.ts';
import { inspectPlugin } from '../manifest/inspect-plugin.ts';
import { createPluginFiles } from '../manifest/plugin-files.ts';
import type { ActivePlugin, PluginSet } from '../plugin-set.ts';
import { toRunHere } from './run-here.ts';

/** What repositories bring is called by it: `workspace:deploy`, `workspace-2:deploy`. No plugin of the registry has such a name. */
const NAME = 'workspace';
/** Where the rest of `.claude` is in the plugin, so that hooks start their scripts as they were reviewed. */
const SCRIPTS = 'claude';
/** Rises when it is put together in another way. */
const FORM = 1;

/** Makes plugins of what people trusted. */
export interface WorkspacePlugins {
  /**
   * The reviewed content as a plugin, in a folder of the server that no agent can write.
   * @param place Which one of the session it is, from 1, and its folder in the workspace
   */
  make(brought: Brought, place: { ordinal: number; folder: string }): Promise<ActivePlugin>;
  /** Removes what earlier servers have made. Call it before the first process starts. */
  clear(): Promise<void>;
}

export function isWorkspacePlugin(name: string): boolean {
  return /^workspace(?:-\d+)?$/.test(name);
}

export function createWorkspacePlugins({
  dir,
  plugins,
}: {
  dir: string;
  plugins: Pick<PluginSet, 'remember'>;
}): WorkspacePlugins {
  return {
    async make(brought, { ordinal, folder }) {
      const name = ordinal === 1 ? NAME : `${NAME}-${ordinal}`;
      const digest = toDigestOf([FORM, brought.digest, name, folder]);
      const contentDir = join(dir, digest);
      const paths = await writeContent(contentDir, brought, { name, folder });
      const inspected = await inspectPlugin(createPluginFiles(contentDir, paths), { fallbackName: name });
      if ('elsewhere' in inspected) throw new Error('What a repository brings is no marketplace');
      const { manifest, mcpServers, parts, requires } = inspected;
      const plugin: ActivePlugin = {
        ...{ name, version: null, digest, dir: contentDir, contentDir, trusted: false },
        ...{ manifest, parts, configuration: {} },
        mcpServers: Object.fromEntries(
          Object.entries(mcpServers).map(([server, config]) => [
            server,
            'url' in config || folder === '' ? config : { ...config, cwd: posix.join(folder, config.cwd ?? '.') },
          ]),
        ),
        granted: { hooks: requires.hooks, hosts: [], secrets: [], permissions: brought.allow },
      };
      plugins.remember(plugin);
      return plugin;
    },
    clear: () => rm(dir, { recursive: true, force: true }),
  };
}

/** In one step, once. Returns the paths of what is there. */
async function writeContent(
  contentDir: string,
  brought: Brought,
  { name, folder }: { name: string; folder: string },
): Promise<string[]> {
  const written = new Map<string, { content: Buffer | string; isExecutable: boolean }>();
  const add = (path: string, content: Buffer | string, isExecutable = false) =>
    written.set(path, { content, isExecutable });
  for (const { path, content, isExecutable } of brought.files) {
    add(posix.join(SCRIPTS, path), content, isExecutable);
    if (/^(?:skills|commands|agents)\//.test(path)) add(path, content, isExecutable);
  }
  add('.claude-plugin/plugin.json', JSON.stringify({ name, description: 'Of the workspace' }));
  if (Object.keys(brought.hooks).length > 0)
    add('hooks/hooks.json', JSON.stringify({ hooks: toRunHere(brought.hooks, { folder, scripts: SCRIPTS }) }));
  if (Object.keys(brought.servers).length > 0) add('.mcp.json', JSON.stringify({ mcpServers: brought.servers }));
  if (!(await isFolder(contentDir))) {
    await mkdir(dirname(contentDir), { recursive: true, mode: 0o755 });
    const staged = await mkdtemp(`${contentDir}.`);
    try {
      for (const [path, { content, isExecutable }] of written) {
        const target = join(staged, path);
        await mkdir(dirname(target), { recursive: true, mode: 0o755 });
        await writeFile(target, content, { mode: isExecutable ? 0o755 : 0o644 });
      }
      // Agents, which may be another user, read it.
      await chmod(staged, 0o755);
      await rename(staged, contentDir).catch(async (error: unknown) => {
        // Somebody else made it meanwhile.
        if (!(await isFolder(contentDir))) throw error;
      });
    } finally {
      await removeTree(staged);
    }
  }
  return [...written.keys()];
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
