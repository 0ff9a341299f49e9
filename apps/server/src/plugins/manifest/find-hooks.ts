import { z } from 'zod';

import { HOOK_EVENT_USES } from '../../hooks/hook-events.ts';
import type { PluginProblem } from '../problem.ts';
import type { FoundParts } from './find-markdown-parts.ts';
import { listHookSources } from './hook-sources.ts';
import type { PluginFiles } from './plugin-files.ts';
import type { PluginManifest } from './plugin-manifest.ts';
import { readJson } from './read-json.ts';
import { toProblems } from './to-problems.ts';

/**
 * The hook event whose commands answer the CLI (2.1.332) in the place of people: one that allows a call has it made while they are
 * still asked. No plugin has it.
 */
export const DECIDES_FOR_PEOPLE = 'PermissionRequest';

const MANIFEST = '.claude-plugin/plugin.json';

const seconds = z.number().positive().optional();
/** The fields of each kind that have to be there; the CLI (2.1.332) reads more of them. */
const handler = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('command'),
    command: z.string().min(1),
    args: z.array(z.string()).optional(),
    timeout: seconds,
  }),
  z.object({ type: z.literal('prompt'), prompt: z.string().min(1), timeout: seconds }),
  z.object({ type: z.literal('agent'), prompt: z.string().min(1), timeout: seconds }),
  z.object({ type: z.literal('http'), url: z.url(), timeout: seconds }),
  z.object({ type: z.literal('mcp_tool'), server: z.string().min(1), tool: z.string().min(1), timeout: seconds }),
]);
const matchers = z.array(z.object({ matcher: z.string().optional(), hooks: z.array(handler) }));

/**
 * The hook events that a plugin has handlers for, one part for each. The CLI says nothing of events that it does not know,
 * and nothing of files that it cannot read.
 */
export async function findHooks(files: PluginFiles, manifest: PluginManifest): Promise<FoundParts> {
  const events = new Set<string>();
  const problems: PluginProblem[] = [];
  for (const source of listHookSources(manifest)) {
    const { file, field, serves } = source;
    if (file !== undefined && !files.has(file)) {
      if (field !== null)
        problems.push({
          ...{ file: MANIFEST, field, message: `names ./${file}, which is not there` },
          remedy: 'Correct the path',
        });
      continue;
    }
    const read = file === undefined ? { ok: true, value: source } : await readJson(files, file);
    if (!('value' in read)) {
      problems.push(read.problem);
      continue;
    }
    const { hooks, modules } = (read.value ?? {}) as { hooks?: unknown; modules?: unknown };
    const at = { file: file ?? MANIFEST, field: file === undefined ? (field ?? 'hooks') : 'hooks' };
    if (modules !== undefined)
      problems.push({
        ...{ ...at, field: 'modules', message: 'is not used here' },
        remedy: 'Use handlers in `hooks`',
      });
    const checked = checkHooks(hooks ?? {}, at.file, [at.field]);
    for (const event of checked.events)
      if (serves(event)) events.add(event);
      else problems.push(toReplaced(at.file, `${at.field}.${event}`));
    problems.push(...checked.problems);
  }
  return { parts: [...events].map((name) => ({ kind: 'hook', name })), problems };
}

function toReplaced(file: string, field: string): PluginProblem {
  return {
    ...{ file, field, message: 'does not run: the entry of the marketplace has other hooks for this event' },
    remedy: 'Keep the handlers of an event in one place',
  };
}

function checkHooks(value: unknown, file: string, at: readonly PropertyKey[]) {
  const events: string[] = [];
  const problems: PluginProblem[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    problems.push({
      file,
      field: at.join('.'),
      message: 'is no object of events',
      remedy: 'Write `{"PreToolUse": [ … ]}`',
    });
  for (const [event, list] of Object.entries(value ?? {})) {
    const parsed = matchers.safeParse(list);
    const field = [...at, event];
    if (!Object.hasOwn(HOOK_EVENT_USES, event))
      problems.push({
        ...{ file, field: field.join('.'), message: 'is no hook event, so that its handlers never run' },
        remedy: `Use one of ${Object.keys(HOOK_EVENT_USES).join(', ')}`,
      });
    else if (event === DECIDES_FOR_PEOPLE)
      problems.push({
        ...{ file, field: field.join('.'), message: 'does not run: it would answer in the place of people' },
        remedy:
          'Deny calls in `PreToolUse`. What may be allowed is a permission that is granted, or a rule of the policy',
      });
    else if (parsed.success) {
      events.push(event);
      if (parsed.data.some(({ hooks }) => hooks.some(namesOptionInShell)))
        problems.push({
          ...{ file, field: field.join('.'), message: 'has ${user_config…} in a line of a shell, which is not run' },
          remedy: 'Name the program in `command`, and what it gets in `args`',
        });
    } else problems.push(...toProblems(parsed.error, file, field));
  }
  return { events, problems };
}

/** The CLI (2.1.332) refuses such a hook when its event comes, and goes on without it. */
function namesOptionInShell(hook: z.infer<typeof handler>): boolean {
  return hook.type === 'command' && hook.args === undefined && hook.command.includes('${user_config.');
}
