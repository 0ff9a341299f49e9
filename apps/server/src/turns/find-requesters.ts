import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { EventListOptions, StoredEvent } from '../store/events.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

const PAGE_SIZE = 500;

/**
 * The ids of the users who asked for what the session's turn does: its owner, whoever wrote the messages that it took, and
 * whoever told the agent in it what to do by an answer: a reason of a denial, an answer to a question, a form. A turn that
 * the agent began by itself goes on with anything that was said before, so all who ever said something count.
 */
export async function findRequesters(
  store: Pick<Store, 'events'>,
  { id: sessionId, ownerId }: Pick<Session, 'id' | 'ownerId'>,
): Promise<readonly string[]> {
  const [turn] = await store.events.list(sessionId, { types: ['session.turn_started'], order: 'desc', limit: 1 });
  const messageIds = turn?.body.type === 'session.turn_started' ? turn.body.message_ids : [];
  const isOwnWork = messageIds.length === 0;
  const said = isOwnWork
    ? listAll(store, sessionId, { types: ['user.message', 'user.tool_confirmation'] })
    : listAll(store, sessionId, { types: ['user.tool_confirmation'], after: turn?.seq ?? 0 });
  const messages = await Promise.all(messageIds.map((id) => store.events.find(sessionId, id)));
  const requesters = new Set([ownerId]);
  for (const { body } of [...messages.flatMap((message) => message ?? []), ...(await said)])
    if ('actor' in body && body.actor && tellsAgent(body)) requesters.add(body.actor.id);
  return [...requesters];
}

/** Whether the event carries words of its actor to the agent. */
function tellsAgent(event: SessionEvent): boolean {
  if (event.type === 'user.message') return true;
  if (event.type !== 'user.tool_confirmation') return false;
  return event.deny_message != null || event.answers !== undefined || event.content !== undefined;
}

async function listAll(
  { events }: Pick<Store, 'events'>,
  sessionId: string,
  { types, after: first = 0 }: Pick<EventListOptions, 'types' | 'after'>,
): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (;;) {
    const after = found.at(-1)?.seq ?? first;
    const page = await events.list(sessionId, { ...(types && { types }), after, limit: PAGE_SIZE });
    found.push(...page);
    if (page.length < PAGE_SIZE) return found;
  }
}
