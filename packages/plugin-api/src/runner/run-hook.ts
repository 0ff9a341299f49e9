import type { Hook, HookEvent } from '../define-hook.ts';
import type { Json } from '../json.ts';
import type { PluginContext } from '../plugin-context.ts';
import type { LoadedPlugin } from './loaded-plugin.ts';

/** One event, for every hook of the plugin that wants it. */
export interface HookCall {
  event: HookEvent;
  input: Record<string, Json>;
}

/** What all of them say together: the strictest, and every text for the agent. */
export interface HookOutcome {
  deny?: string;
  ask?: string;
  contexts: string[];
}

/** Longer texts are cut: the agent reads them at every call. */
const MAX_TEXT_CHARS = 10_000;

/** Asks the hooks one after the other; after a denial nobody else. Rejects with what one throws, named by its event. */
export async function runHook(
  { hooks }: Pick<LoadedPlugin, 'hooks'>,
  { event, input }: HookCall,
  context: PluginContext,
): Promise<HookOutcome> {
  const outcome: HookOutcome = { contexts: [] };
  for (const hook of hooks) {
    if (hook.event !== event || !wants(hook, input)) continue;
    const answer: unknown = await hook.run(input as never, context);
    if (answer === undefined || answer === null) continue;
    take(answer, { event, outcome });
    if (outcome.deny !== undefined) break;
  }
  return outcome;
}

function wants({ tools }: Hook, { tool }: HookCall['input']): boolean {
  if (tools === undefined || typeof tool !== 'string') return true;
  return new RegExp(`^(?:${tools.source})$`, tools.flags.replace(/[gy]/g, '')).test(tool);
}

const TAKEN: Readonly<Record<HookEvent, readonly string[]>> = {
  PreToolUse: ['deny', 'ask', 'context'],
  PostToolUse: ['context'],
  UserPromptSubmit: ['deny', 'context'],
  SessionStart: ['context'],
  Stop: ['deny'],
};

/** @throws Error for an answer that the event does not take, such as one that allows */
function take(answer: unknown, { event, outcome }: { event: HookEvent; outcome: HookOutcome }): void {
  const entries = typeof answer === 'object' && answer !== null ? Object.entries(answer) : [];
  const [entry, ...more] = entries as [string, unknown][];
  const [kind, text] = entry ?? ['', undefined];
  if (more.length > 0 || !TAKEN[event].includes(kind) || typeof text !== 'string')
    throw new Error(`A hook of ${event} answers with one text, under ${TAKEN[event].join(' or ')}`);
  const cut = text.slice(0, MAX_TEXT_CHARS);
  if (kind === 'context') outcome.contexts.push(cut);
  else if (kind === 'deny') outcome.deny = cut;
  else outcome.ask ??= cut;
}
