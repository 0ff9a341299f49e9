import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { StoredEvent } from '../store/events.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

const TYPES: SessionEvent['type'][] = ['user.message', 'user.tool_confirmation', 'user.custom_tool_result'];
/** A message can be large, and only its author is read. */
const PAGE_SIZE = 100;

/**
 * The ids of the users who asked for what the agent does: the session's owner, and whoever ever told the agent something, by
 * a message or by an answer: a reason of a denial, an answer to a question, a form, the result of a custom tool. Not those of one turn alone: the agent
 * remembers what it was told, and a message that it did not get is delivered with the next one.
 */
export async function findRequesters(
  { events }: Pick<Store, 'events'>,
  { id: sessionId, ownerId }: Pick<Session, 'id' | 'ownerId'>,
): Promise<readonly string[]> {
  const requesters = new Set([ownerId]);
  let page: StoredEvent[] = [];
  do {
    const after = page.at(-1)?.seq ?? 0;
    page = await events.list(sessionId, { types: TYPES, after, limit: PAGE_SIZE });
    for (const { body } of page) if ('actor' in body && body.actor && tellsAgent(body)) requesters.add(body.actor.id);
  } while (page.length === PAGE_SIZE);
  return [...requesters];
}

/** Whether the event carries words of its actor to the agent. */
function tellsAgent(event: SessionEvent): boolean {
  if (event.type === 'user.message' || event.type === 'user.custom_tool_result') return true;
  if (event.type !== 'user.tool_confirmation') return false;
  return event.deny_message != null || event.answers !== undefined || event.content !== undefined;
}
