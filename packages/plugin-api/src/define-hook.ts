import type { Json } from './json.ts';
import type { PluginContext } from './plugin-context.ts';

export const HOOK_EVENTS = ['PreToolUse', 'PostToolUse', 'UserPromptSubmit', 'SessionStart', 'Stop'] as const;

export type HookEvent = (typeof HOOK_EVENTS)[number];

interface AnyInput {
  /** Id of the session, `sesn_…`. */
  sessionId: string;
  /** Working directory of the agent. A hook runs elsewhere, and cannot read it. */
  cwd: string;
}

interface ToolInput extends AnyInput {
  /** As Claude Code names it: `Bash`, `mcp__server__tool`. */
  tool: string;
  input: Readonly<Record<string, Json>>;
}

/** What a hook of each event is told, from what Claude Code (2.1.332) says. */
export interface HookInputs {
  /** Before each tool call, those of subagents included. */
  PreToolUse: ToolInput;
  /** After a call that worked. `result` is in Claude Code's own form; null where it has more than 1 MB. */
  PostToolUse: ToolInput & { result: Json };
  /** Before what a person said goes to the model. */
  UserPromptSubmit: AnyInput & { prompt: string };
  /** After a process of the session has started, before the first thing that a person says to it goes to the model. */
  SessionStart: AnyInput;
  /** When the agent is about to end its turn. It is not asked again in a turn that a hook has kept going. */
  Stop: AnyInput & { lastMessage: string };
}

/** The call, or the prompt, does not happen; the turn does not end. The reason is for the agent and for people. */
interface Denial {
  deny: string;
}

/** A text that the agent reads beside what happened. */
interface AddedContext {
  context: string;
}

/** What a hook may answer; nothing leaves all as it is. It can only be stricter than the policy: no answer allows. */
export interface HookAnswers {
  /** `ask`: a person has to allow the call; the text says why. */
  PreToolUse: Denial | { ask: string } | AddedContext;
  PostToolUse: AddedContext;
  UserPromptSubmit: Denial | AddedContext;
  SessionStart: AddedContext;
  Stop: Denial;
}

/** A handler of one event. */
export interface Hook<Event extends HookEvent = HookEvent> {
  event: Event;
  /** Of `PreToolUse` and `PostToolUse`: the names of the tools, as a pattern of the whole name: `Bash`, `Edit|Write`. By default all. */
  tools?: RegExp;
  /** What it throws, and a time limit that is over, count as `csp.hooks.on_failure` of the manifest says. */
  run(
    input: HookInputs[Event],
    context: PluginContext,
  ): HookAnswers[Event] | undefined | void | Promise<HookAnswers[Event] | undefined | void>;
}

/** Types a hook by its event. */
export function defineHook<Event extends HookEvent>(hook: Hook<Event>): Hook {
  return hook;
}
