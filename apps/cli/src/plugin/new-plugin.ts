import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';

export const PLUGIN_KINDS = ['tool', 'endpoint', 'hook', 'mcp', 'skill', 'command-hook', 'agent'] as const;

export type PluginKind = (typeof PLUGIN_KINDS)[number];

const EXAMPLES = join(import.meta.dirname, '../../../../plugins');
const MANIFEST = '.claude-plugin/plugin.json';
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Makes the folder of a new plugin: the example of its kind under another name, with its test. Returns its absolute path.
 * @param path The last part is the name of the plugin.
 * @throws Error for people, for a name that cannot be used and where there is something already
 */
export async function newPlugin(path: string, kind: PluginKind): Promise<string> {
  const dir = resolve(path);
  const name = basename(dir);
  if (!NAME.test(name) || name.length > 64)
    throw new Error(`${name} is no name for a plugin: it takes lower case letters, digits and -, 64 at most.`);
  if ((await readdir(dir).catch(() => [])).length > 0)
    throw new Error(`${dir} has files already. Name a folder that is not there, or empty this one.`);
  const example = join(EXAMPLES, kind);
  await cp(example, dir, {
    ...{ recursive: true, errorOnExist: true, force: false },
    filter: (source) => relative(example, source) !== 'README.md',
  });
  const manifest = join(dir, MANIFEST);
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace(`"example-${kind}"`, JSON.stringify(name)));
  return dir;
}
