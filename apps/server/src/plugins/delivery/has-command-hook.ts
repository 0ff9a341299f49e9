import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

const hooksFile = z.object({
  hooks: z.object({ PreToolUse: z.array(z.object({ matcher: z.string().optional() })).default([]) }),
});
/** A list of names. */
const NAMES = /^[\w|-]+$/;

/** What Claude Code has of a plugin: its folder, and the hook events with commands in it. */
interface WithHooks {
  path: string | null;
  hooks: readonly string[];
}

/** Whether Claude Code asks hooks of the plugin about some calls. */
export function hasCommandHooks({ path, hooks }: WithHooks): boolean {
  return path !== null && hooks.includes('PreToolUse');
}

/**
 * Whether Claude Code would ask a hook of the plugin about a call of this tool. A matcher that is more than a list of names
 * counts as one that matches: it is an expression of the plugin, which could take for ever here. Never rejects.
 */
export async function hasCommandHook(plugin: WithHooks, toolName: string): Promise<boolean> {
  const { path } = plugin;
  if (path === null || !hasCommandHooks(plugin)) return false;
  const text = await readFile(join(path, 'hooks/hooks.json'), 'utf8').catch(() => '');
  const read = hooksFile.safeParse(parse(text));
  if (!read.success) return true;
  return read.data.hooks.PreToolUse.some(
    ({ matcher = '' }) => !NAMES.test(matcher) || matcher.split('|').includes(toolName),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
