import type { HookEvent } from '@anthropic-ai/claude-agent-sdk';

/**
 * What the platform does with a hook event. `decides`: each handler may give a verdict on the call. `observes`: handlers
 * only hear of it. `plugins`: it is registered for a process whose plugins have hooks of it. `runs_if_allowed`: the handlers of `PreToolUse` decide, and what nobody allows does not happen. `holds`: the server keeps reports of tasks back, and hooks of plugins hear of the rest. `unset`: it
 * is not registered with the SDK, so that it costs no round trip.
 */
export type HookEventUse =
  | { use: 'decides' | 'observes' | 'plugins' | 'runs_if_allowed' | 'holds'; what: string }
  | { use: 'unset'; reason: string };

/** Every hook event of the Agent SDK (0.3.332), in its order. The compiler fails here when an upgrade adds or removes one. */
export const HOOK_EVENT_USES = {
  PreToolUse: { use: 'decides', what: 'every tool call, subagents included, before it is made' },
  PostToolUse: { use: 'plugins', what: 'every call that worked; a `user` message brings us its result' },
  PostToolUseFailure: { use: 'unset', reason: 'a `user` message brings the result of a call' },
  PostToolBatch: { use: 'observes', what: 'where commands run once all calls of a message have their results' },
  Notification: { use: 'unset', reason: 'for people at a terminal; ours are told by events' },
  UserPromptSubmit: {
    use: 'holds',
    what: 'what goes to the model: what people say, and that a task has ended, which in a running turn must wait for its end',
  },
  UserPromptExpansion: {
    use: 'unset',
    reason: 'what a slash command says is not checked, the tool calls behind it are',
  },
  SessionStart: {
    use: 'unset',
    reason: 'nothing is called back of it; plugins are told at the first `UserPromptSubmit` of a process',
  },
  SessionEnd: { use: 'unset', reason: 'the host tells how a process ended' },
  Stop: { use: 'plugins', what: 'the end of a turn, before a `result` message tells us of it' },
  StopFailure: { use: 'unset', reason: 'a `result` message ends the turn' },
  SubagentStart: { use: 'unset', reason: 'messages tell what subagents do' },
  SubagentStop: { use: 'unset', reason: 'as for `SubagentStart`' },
  PreCompact: { use: 'unset', reason: 'a `system` message tells of a compaction' },
  PostCompact: { use: 'unset', reason: 'as for `PreCompact`' },
  PreModelSwitch: { use: 'unset', reason: 'the platform sets the model; a message tells when the CLI changes it' },
  PostModelSwitch: { use: 'unset', reason: 'as for `PreModelSwitch`' },
  PermissionRequest: { use: 'unset', reason: '`canUseTool` answers' },
  PermissionDenied: { use: 'unset', reason: 'only of the permission mode `auto`, which is never set' },
  Setup: { use: 'unset', reason: 'only of `--init` and `--maintenance`, which are never set' },
  TeammateIdle: { use: 'unset', reason: 'agents have no teams' },
  TaskCreated: { use: 'unset', reason: 'the list of tasks is read from its tool calls' },
  TaskCompleted: { use: 'unset', reason: 'as for `TaskCreated`' },
  Elicitation: { use: 'unset', reason: 'MCP servers ask people by way of the relay, past the CLI' },
  ElicitationResult: { use: 'unset', reason: 'as for `Elicitation`' },
  ConfigChange: { use: 'unset', reason: 'no settings are read' },
  WorktreeCreate: { use: 'unset', reason: 'the tools for worktrees are not offered' },
  WorktreeRemove: { use: 'unset', reason: 'as for `WorktreeCreate`' },
  InstructionsLoaded: { use: 'unset', reason: 'nothing depends on which instructions are read' },
  CwdChanged: { use: 'unset', reason: '`PreToolUse` and `PostToolBatch` have the working directory' },
  FileChanged: { use: 'unset', reason: 'no files are watched' },
  DirectoryAdded: { use: 'unset', reason: 'a session has one workspace' },
  MessageDisplay: { use: 'unset', reason: '`stream_event` messages bring the text' },
  PreSkillShellCommand: {
    use: 'runs_if_allowed',
    what: 'every shell line in the text of a skill or slash command, decided as a call of Bash; one that is not allowed does not run',
  },
} as const satisfies Record<HookEvent, HookEventUse>;

type EventsOfUse<Use extends HookEventUse['use']> = {
  [Event in HookEvent]: (typeof HOOK_EVENT_USES)[Event]['use'] extends Use ? Event : never;
}[HookEvent];

export type DecidingHookEvent = EventsOfUse<'decides'>;
export type ObservingHookEvent = EventsOfUse<'observes'>;
/** An event that every agent process registers with the SDK; a spare does so before its session is known. */
export type RegisteredHookEvent = EventsOfUse<'decides' | 'observes' | 'runs_if_allowed' | 'holds'>;

/** An event of which plugins may have hooks in TypeScript. */
export type PluginHookEvent = EventsOfUse<'plugins' | 'holds'> | 'PreToolUse' | 'SessionStart';

export const PLUGIN_HOOK_EVENTS = (Object.keys(HOOK_EVENT_USES) as HookEvent[]).filter(
  (event): event is PluginHookEvent =>
    event === 'PreToolUse' || event === 'SessionStart' || ['plugins', 'holds'].includes(HOOK_EVENT_USES[event].use),
);

export const REGISTERED_HOOK_EVENTS = (Object.keys(HOOK_EVENT_USES) as HookEvent[]).filter(isRegistered);

export function isRegistered(event: HookEvent): event is RegisteredHookEvent {
  const { use } = HOOK_EVENT_USES[event];
  return use !== 'unset' && use !== 'plugins';
}

export function isDeciding(event: RegisteredHookEvent): event is DecidingHookEvent {
  return HOOK_EVENT_USES[event].use === 'decides';
}

/** Whether the CLI must not go on by itself when the hook fails. */
export function isStrict(event: RegisteredHookEvent): boolean {
  const { use } = HOOK_EVENT_USES[event];
  return use === 'decides' || use === 'runs_if_allowed';
}
