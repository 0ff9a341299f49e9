import type { Conversation } from './conversation.ts';
import type { Reply } from './reply.ts';

/** When a scenario applies. Every given field must match. */
export interface Match {
  /** The text of the person's last message: a RegExp, or a string that it contains (ignoring letter case). */
  userText?: RegExp | string;
  /** The number of the turn, from 1. */
  turn?: number;
  /** This turn has called this tool. The script then begins with the request that contains its result. */
  afterTool?: string;
  /** True for requests of subagents only, false for all others only. */
  subagent?: boolean;
  /** A part of the model's name. */
  model?: string;
  when?: (conversation: Conversation) => boolean;
}

/** What the model sends for one request: one or several replies, fixed or computed from the conversation. */
export type Step = Reply | readonly Reply[] | ((conversation: Conversation) => Reply | readonly Reply[]);

/** Default speed of replies that set none. Without it they are instant. */
export interface Pace {
  tokensPerSecond?: number;
  /** The wait before the first event of a message. */
  firstTokenDelayMs?: number;
}

/**
 * A script for turns that match: `reply[0]` answers the first model request of the turn, `reply[1]` the one that
 * carries the results of its tools, and so on. A function answers every request of the turn. The first scenario that
 * matches applies.
 */
export interface Scenario {
  name?: string;
  match?: Match;
  reply: readonly Step[] | ((conversation: Conversation) => Reply | readonly Reply[]);
  pace?: Pace;
}

/** All scenarios as one function. It returns undefined if no scenario matches. */
export type ScenarioFunction = (conversation: Conversation) => Reply | readonly Reply[] | undefined;

/** The replies to a request, and a key that is the same for every attempt at the same step. */
export interface ScriptedStep {
  key: string;
  scenario: string;
  replies: readonly Reply[];
  pace: Pace;
}

/** Finds the model's replies to a conversation; undefined if no scenario matches. */
export function findStep(
  scenarios: readonly Scenario[] | ScenarioFunction,
  conversation: Conversation,
): ScriptedStep | undefined {
  if (typeof scenarios === 'function') {
    const replies = scenarios(conversation);
    if (replies === undefined) return undefined;
    return { key: `function/${conversation.step}`, scenario: 'function', replies: toList(replies), pace: {} };
  }
  const index = scenarios.findIndex((scenario) => matches(scenario.match ?? {}, conversation));
  const scenario = scenarios[index];
  if (scenario === undefined) return undefined;
  const step = toScriptPosition(scenario, conversation);
  const name = scenario.name ?? `scenario ${index}`;
  return {
    key: `${index}/${step}`,
    scenario: name,
    replies: toReplies(scenario, step, conversation) ?? [
      { kind: 'say', text: `(The script of ${name} has no step ${step + 1}.)` },
    ],
    pace: scenario.pace ?? {},
  };
}

function toReplies(scenario: Scenario, step: number, conversation: Conversation): readonly Reply[] | undefined {
  const { reply } = scenario;
  const entry = typeof reply === 'function' ? reply : mergeFaultSteps(reply)[step];
  if (entry === undefined) return undefined;
  return toList(typeof entry === 'function' ? entry(conversation) : entry);
}

/**
 * A failed request leaves no trace in the conversation. So a step that consists only of a limited fault is merged with
 * the next step: `[fail(529, { times: 2 }), say('hi')]` is one position.
 */
function mergeFaultSteps(steps: readonly Step[]): Step[] {
  const merged: Step[] = [];
  let pending: Reply[] = [];
  for (const step of steps) {
    if (typeof step !== 'function' && toList(step).every(isBoundedFault)) {
      pending.push(...toList(step));
      continue;
    }
    const before = pending;
    pending = [];
    if (before.length === 0) merged.push(step);
    else if (typeof step === 'function') merged.push((conversation) => [...before, ...toList(step(conversation))]);
    else merged.push([...before, ...toList(step)]);
  }
  if (pending.length > 0) merged.push(pending);
  return merged;
}

function isBoundedFault(reply: Reply): boolean {
  return (reply.kind === 'fail' || reply.kind === 'breakStream' || reply.kind === 'hang') && reply.times !== undefined;
}

function toScriptPosition(scenario: Scenario, conversation: Conversation): number {
  const tool = scenario.match?.afterTool;
  if (tool === undefined) return conversation.step;
  const first = conversation.answeredSteps.findIndex((step) => step.toolCalls.some((call) => call.name === tool));
  return conversation.step - first - 1;
}

function matches(match: Match, conversation: Conversation): boolean {
  if (match.userText !== undefined && !matchesText(match.userText, conversation.userText)) return false;
  if (match.turn !== undefined && match.turn !== conversation.turn) return false;
  if (match.afterTool !== undefined && !conversation.toolCalls.some((call) => call.name === match.afterTool))
    return false;
  if (match.subagent !== undefined && match.subagent !== conversation.isSubagent) return false;
  if (match.model !== undefined && !conversation.model.includes(match.model)) return false;
  return match.when?.(conversation) ?? true;
}

function matchesText(pattern: RegExp | string, text: string): boolean {
  if (typeof pattern === 'string') return text.toLowerCase().includes(pattern.toLowerCase());
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(text);
}

function toList(replies: Reply | readonly Reply[]): readonly Reply[] {
  return 'kind' in replies ? [replies] : replies;
}
