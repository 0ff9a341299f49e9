import { toHookSource, type Denial } from '../../permissions/tool-decisions.ts';

/** How the CLI (2.1.332) tells of a hook that denied a call: its command line, unless it answered in JSON, and the reason. */
const FORM = /^PreToolUse:\S+ hook error: (?:\[((?:[^[\]]|\[[^[\]]*\])*)\]: )?\s*([\s\S]*)$/;

/**
 * The reason for which a hook denied a call, without the CLI's words, folders of the server and the CLI's names of plugins;
 * undefined for any other text. Pure.
 * @param text The result of the call.
 * @param options.said What the hooks of the session said of the call.
 * @param options.isTrusted Whether only the CLI can have written the text.
 * @param options.findPlugin The plugin that has a command hook with this command line.
 */
export function toHookDenial(
  text: string,
  options: {
    said: Denial | undefined;
    isTrusted: boolean;
    findPlugin(command: string | undefined): { name: string; path: string } | undefined;
  },
): Denial | undefined {
  const { said, isTrusted, findPlugin } = options;
  const [, command, reason] = FORM.exec(text) ?? [];
  if (said !== undefined) return reason !== undefined && text.endsWith(said.reason) ? said : undefined;
  const plugin = reason === undefined ? undefined : findPlugin(command);
  if (plugin === undefined || reason === undefined) return undefined;
  const { name, path } = plugin;
  const plain = reason.replaceAll(path, '${CLAUDE_PLUGIN_ROOT}').replaceAll(`${name}@inline`, name).trim();
  return { reason: plain, ...(isTrusted && { source: toHookSource({ plugin: name }) }) };
}
