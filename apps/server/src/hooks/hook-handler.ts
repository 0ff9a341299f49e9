import type { HookEvent, HookInput } from '@anthropic-ai/claude-agent-sdk';

import type { DecidingHookEvent, ObservingHookEvent, RegisteredHookEvent } from './hook-events.ts';

/** What a handler wants to become of a tool call. */
export interface HookVerdict {
  permission: 'allow' | 'ask' | 'deny';
  /** A sentence for people and for the agent. */
  reason: string;
}

export interface HookContext {
  sessionId: string;
  /** The CLI's id of the tool call; undefined where the event has none. */
  toolUseId: string | undefined;
  /** Aborted when nobody waits for the handler any more: it was too slow, or the call was taken back. */
  signal: AbortSignal;
}

export type HookInputOf<Event extends HookEvent> = Extract<HookInput, { hook_event_name: Event }>;

interface HookHandlerOf<Event extends RegisteredHookEvent, Answer, OnFailure> {
  event: Event;
  /** Unique among the handlers of the event. Stands in logs, and in the words that an agent gets where it fails. */
  name: string;
  /** By default `HANDLER_TIME_LIMIT_MS`. Bounds only what is awaited: nothing can interrupt code that runs. */
  timeLimitMs?: number;
  /** What it means when the handler throws or is too slow: the call is denied, or the others decide without it. */
  onFailure: OnFailure;
  /** It keeps what it decides for the agent that makes the call, so that it is not asked about calls of others. */
  followsAgent?: true;
  /** An answer that is no promise costs no timer. */
  handle(input: HookInputOf<Event>, context: HookContext): Answer | Promise<Answer>;
}

/** Has a say in a tool call. Undefined leaves it to the others. */
export type DecidingHookHandler = {
  [Event in DecidingHookEvent]: HookHandlerOf<Event, HookVerdict | undefined, 'deny' | 'skip'>;
}[DecidingHookEvent];

/** Hears of what happened. There is no call to deny, so that one that fails can only be skipped. */
export type ObservingHookHandler = {
  [Event in ObservingHookEvent]: HookHandlerOf<Event, void, 'skip'>;
}[ObservingHookEvent];

export type HookHandler = DecidingHookHandler | ObservingHookHandler;
