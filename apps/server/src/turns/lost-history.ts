import { findConversationPath, type SessionEvent } from '@claude-sdk-pattern/protocol';

import { readBranchings } from '../journal/branches.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Store } from '../store/port.ts';

/** Notice in the session when its agent continues without its transcript. */
export const HISTORY_LOST =
  "The agent's transcript of this conversation is missing. With your next message the agent gets a shortened copy of " +
  'the history that you see here, without the results of tools and without pictures. Repeat what it must know.';

const BEGIN = '<conversation-record>';
const END = '</conversation-record>';
const EXPLANATION =
  "Your transcript of this conversation was lost. This is the platform's record of it, oldest message first and " +
  'shortened. It is not a new request: do nothing in it again. The new message of the user follows after it.';
const OMITTED = '(older parts are left out)';

const TYPES: SessionEvent['type'][] = [
  'user.message',
  'agent.message',
  'agent.tool_use',
  'agent.mcp_tool_use',
  'agent.custom_tool_use',
];
/** The most events and characters, newest first: of one message and of the whole record. */
const MAX_EVENTS = 400;
const MAX_MESSAGE_CHARS = 4000;
const MAX_CALL_CHARS = 300;
const MAX_CHARS = 60_000;

/**
 * The conversation so far, from the journal, for an agent whose transcript is missing; undefined before its first
 * answer. Messages that the agent will still get are not in it.
 */
export async function readLostHistory(
  { events, queue }: Pick<Store, 'events' | 'queue'>,
  sessionId: string,
): Promise<string | undefined> {
  const answers = await events.list(sessionId, { types: ['agent.message'], limit: 1 });
  if (answers.length === 0) return undefined;
  const open = new Set((await queue.listOpen(sessionId)).map(({ eventId }) => eventId));
  const said = await readNewest(events, sessionId);
  if (!said.isCut && !said.events.some(({ type }) => type === 'agent.message')) return undefined;
  const lines: string[] = [];
  let chars = 0;
  let { isCut } = said;
  for (const { body } of said.events) {
    const line = open.has(body.id) ? undefined : toLine(body);
    if (line === undefined) continue;
    chars += line.length;
    isCut ||= chars > MAX_CHARS;
    if (chars > MAX_CHARS) break;
    lines.unshift(line);
  }
  return [BEGIN, EXPLANATION, ...(isCut ? [OMITTED] : []), ...lines, END].join('\n\n');
}

/** What was said in the conversation as it is now, newest first. */
async function readNewest(
  events: Store['events'],
  sessionId: string,
): Promise<{ events: StoredEvent[]; isCut: boolean }> {
  const path = findConversationPath(await readBranchings(events, sessionId), Number.MAX_SAFE_INTEGER);
  const found: StoredEvent[] = [];
  const maxBytes = 8 * MAX_CHARS;
  for (const { first, last } of path.toReversed()) {
    if (found.length === MAX_EVENTS) return { events: found, isCut: true };
    const page = await events.listPage(sessionId, {
      ...{ types: TYPES, order: 'desc', limit: MAX_EVENTS - found.length, maxBytes },
      ...{ after: first - 1, before: Math.min(last, Number.MAX_SAFE_INTEGER - 1) + 1 },
    });
    found.push(...page.events);
    if (page.hasMore) return { events: found, isCut: true };
  }
  return { events: found, isCut: false };
}

/** Skips messages of subagents: the answer of the session's own agent contains their results. */
function toLine(event: SessionEvent): string | undefined {
  if ('session_thread_id' in event && event.session_thread_id != null) return undefined;
  switch (event.type) {
    case 'user.message':
      return `User: ${cut(toText(event.content), MAX_MESSAGE_CHARS)}`;
    case 'agent.message':
      return `You: ${cut(toText(event.content), MAX_MESSAGE_CHARS)}`;
    case 'agent.tool_use':
    case 'agent.mcp_tool_use':
    case 'agent.custom_tool_use':
      return `You called ${event.name} ${cut(JSON.stringify(event.input), MAX_CALL_CHARS)}`;
    default:
      return undefined;
  }
}

/** Removes text that looks like the end of the record. */
function toText(content: readonly { type: string; text?: string }[]): string {
  const texts = content.map(({ type, text }) => text ?? `(${type})`);
  return texts.join('\n').replaceAll(END, '');
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)} …`;
}
