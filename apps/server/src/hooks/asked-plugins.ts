import type { Timers } from '../lib/timers.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { PluginHookEvent } from './hook-events.ts';
import { toPluginInput, type PluginHook, type PluginHookAnswer, type PluginHookInput } from './plugin-hook.ts';
import type { SaidVerdict } from './strictest-verdict.ts';
import { withinTimeLimit } from './within-time-limit.ts';

/** What the hooks of all plugins say of one event. Of several with the same answer the first one counts. */
export interface PluginsAnswer {
  denial: SaidVerdict | undefined;
  question: SaidVerdict | undefined;
  /** For the agent to read. */
  contexts: string[];
}

interface PluginCall {
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** Asks the hooks of a session's plugins. */
export interface AskedPlugins {
  /** All plugins at the same time. Never rejects: what fails denies or is skipped, as the plugin's manifest says. */
  ask(input: PluginHookInput, call: PluginCall): Promise<PluginsAnswer>;
}

export interface AskedPluginsDeps {
  sessionId: string;
  logger: Logger;
  /** The hooks of the plugins that the session's process has. */
  listPluginHooks?(): readonly PluginHook[];
  /** Hears what hooks of plugins denied outside of tool calls, and of those that failed; a sentence for people. */
  onPluginHook?(text: string): void;
  /** Hears of each hook that failed or took too long, to be counted. */
  onFailure?: ((of: 'plugin' | 'installation') => void) | undefined;
}

export const TAKEN_BACK = 'The call was taken back before it was decided';

/** Of the plugins that the session's process has. */
export function createAskedPlugins(deps: AskedPluginsDeps & { timers: Timers }): AskedPlugins {
  async function ask(input: PluginHookInput, call: PluginCall): Promise<PluginsAnswer> {
    const { sessionId, listPluginHooks } = deps;
    const { hook_event_name: event } = input;
    const hooks = (listPluginHooks?.() ?? []).filter(({ events }) => events.includes(event));
    const told = hooks.length === 0 ? undefined : toPluginInput(input, sessionId);
    if (told === undefined) return { denial: undefined, question: undefined, contexts: [] };
    const answers = await Promise.all(hooks.map((hook) => askPlugin(hook, { event, told, call })));
    const toVerdicts = (permission: 'deny' | 'ask') =>
      answers.flatMap(({ by, [permission]: reason }) =>
        reason === undefined ? [] : [{ permission, reason, by, plugin: by }],
      );
    return {
      denial: toVerdicts('deny')[0],
      question: toVerdicts('ask')[0],
      contexts: answers.flatMap(({ contexts }) => contexts),
    };
  }

  async function askPlugin(
    hook: PluginHook,
    { event, told, call }: { event: PluginHookEvent; told: Record<string, unknown>; call: PluginCall },
  ): Promise<PluginHookAnswer & { by: string }> {
    const { plugin: by, timeLimitMs, onFailure } = hook;
    try {
      const limit = { timeLimitMs, timers: deps.timers, signal: call.signal };
      return { ...(await withinTimeLimit((signal) => hook.ask(event, told, signal), limit)), by };
    } catch (error) {
      if (call.signal.aborted) return { by, deny: TAKEN_BACK, contexts: [] };
      deps.onFailure?.('plugin');
      deps.logger.warn({ err: error, hook_event: event, plugin: by }, 'a hook of a plugin failed');
      const isClosed = onFailure === 'deny' && (event === 'PreToolUse' || event === 'UserPromptSubmit');
      const reason = error instanceof Error ? error.message : 'unknown';
      const failure = `The hook ${event} of the plugin ${by} failed: ${reason}`;
      deps.onPluginHook?.(`${failure}. ${isClosed ? 'What it had to check was denied' : 'It was skipped'}.`);
      return { by, contexts: [], ...(isClosed && { deny: `The hook ${event} of the plugin ${by} failed` }) };
    }
  }

  return { ask };
}
