import type { HookInput } from '@anthropic-ai/claude-agent-sdk';

import type { PluginHookEvent } from './hook-events.ts';

/** What the hooks of one plugin say of an event. There is no answer that allows: they can only be stricter. */
export interface PluginHookAnswer {
  /** The call or the prompt does not happen, or the turn goes on; the reason. */
  deny?: string | undefined;
  /** Of `PreToolUse`: a person has to allow the call; why. */
  ask?: string | undefined;
  /** For the agent to read. */
  contexts: readonly string[];
}

/** The hooks of one plugin, as a session has them. They run elsewhere. */
export interface PluginHook {
  /** Name of the plugin. */
  plugin: string;
  events: readonly PluginHookEvent[];
  timeLimitMs: number;
  /** What it means when they fail or are too slow: the call or the prompt is denied, or the others decide without them. */
  onFailure: 'deny' | 'skip';
  /** Rejects with an Error for people. */
  ask(event: PluginHookEvent, input: Record<string, unknown>, signal: AbortSignal): Promise<PluginHookAnswer>;
}

export type PluginHookInput = Extract<HookInput, { hook_event_name: PluginHookEvent }>;

const MAX_RESULT_CHARS = 1024 * 1024;

/** What a plugin is told of an event: nothing of the server's own folders. Undefined where it is not asked. Pure. */
export function toPluginInput(input: PluginHookInput, sessionId: string): Record<string, unknown> | undefined {
  const all = { sessionId, cwd: input.cwd };
  switch (input.hook_event_name) {
    case 'PreToolUse':
      return { ...all, tool: input.tool_name, input: input.tool_input };
    case 'PostToolUse': {
      const isLong = (JSON.stringify(input.tool_response) ?? '').length > MAX_RESULT_CHARS;
      const result = isLong ? null : (input.tool_response ?? null);
      return { ...all, tool: input.tool_name, input: input.tool_input, result };
    }
    case 'UserPromptSubmit':
      return { ...all, prompt: input.prompt };
    case 'SessionStart':
      return all;
    case 'Stop':
      // A turn that a hook has kept going ends: else it could go on for ever.
      return input.stop_hook_active ? undefined : { ...all, lastMessage: input.last_assistant_message ?? '' };
  }
}
