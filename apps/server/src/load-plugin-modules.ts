import { openPlugin } from '@claude-sdk-pattern/plugin-api/testing';

/**
 * Loads the TypeScript modules of a plugin in threads of this process, as its own process will, and says what of them cannot
 * be used, as sentences. Their code runs, with the rights of this process.
 * @param dir Absolute path of the plugin's folder.
 * @throws Error with the place in the module, where nothing of one can be used
 */
export async function loadPluginModules(dir: string): Promise<string[]> {
  await using opened = await openPlugin(dir);
  return [...opened.problems];
}
