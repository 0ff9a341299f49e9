import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { isToolResult, isToolUse, toCallOf } from '../journal/tool-call-events.ts';
import type { Store } from '../store/port.ts';

/** The demo of the scripted model recognizes the first sentence (`RECOVERY_NOTE`). */
const CONTINUE_AFTER_EXIT =
  'The process that ran you ended unexpectedly in the middle of your work. Calls that were running were interrupted; ' +
  'what finished calls did remains. Check the state of things where it matters, and continue with the task.';

/** The most calls that are named, newest first, and the most characters of each. */
const MAX_CALLS = 5;
const MAX_EVENTS = 40;
const MAX_CHARS = 600;

/**
 * What the agent is told when its process died in the middle of a turn that it has begun. The journal may have
 * results that its transcript lacks, which the CLI writes about 100 ms late (2.1.330). A finished call must not run
 * again because the agent does not remember it.
 */
export async function toContinuation(store: Pick<Store, 'events'>, sessionId: string): Promise<string> {
  const newestFirst = await store.events.list(sessionId, { types: TYPES, order: 'desc', limit: MAX_EVENTS });
  const start = newestFirst.findIndex(({ type }) => type === 'session.turn_started');
  const events = (start < 0 ? newestFirst : newestFirst.slice(0, start)).map(({ body }) => body);
  const finished = events.flatMap((result) => describeCall(result, events)).slice(0, MAX_CALLS);
  if (finished.length === 0) return CONTINUE_AFTER_EXIT;
  const list = finished.toReversed().join('\n');
  return `${CONTINUE_AFTER_EXIT}\nThese calls had finished, whatever their results above say. Do not run them again because of those results:\n${list}`;
}

const TYPES: SessionEvent['type'][] = [
  'session.turn_started',
  'agent.tool_use',
  'agent.tool_result',
  'agent.mcp_tool_use',
  'agent.mcp_tool_result',
  'agent.custom_tool_use',
  'user.custom_tool_result',
];

function describeCall(result: SessionEvent, events: readonly SessionEvent[]): string[] {
  if (!isToolResult(result) || result.cut_off === true) return [];
  const callId = toCallOf(result);
  const call = events.find(({ id }) => id === callId);
  if (call === undefined || !isToolUse(call)) return [];
  const text = [...(result.content ?? [])]
    .map((block) => (block.type === 'text' ? block.text : `(${block.type})`))
    .join('\n');
  const outcome = result.is_error === true ? 'failed with' : 'gave';
  return [`- ${call.name} ${cut(JSON.stringify(call.input))} ${outcome}: ${cut(text)}`];
}

function cut(text: string): string {
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)} …`;
}
