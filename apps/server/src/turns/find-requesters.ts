import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';

/** The newest turns that are searched for one that a message began. */
const MAX_TURNS = 50;

/**
 * The ids of the users who asked for what the session's turn does: its owner, and whoever wrote the messages that it took. A
 * turn that the agent began by itself goes on with what the messages before it asked for.
 */
export async function findRequesters(
  store: Pick<Store, 'events'>,
  { id: sessionId, ownerId }: Pick<Session, 'id' | 'ownerId'>,
): Promise<readonly string[]> {
  const newest = await store.events.list(sessionId, {
    types: ['session.turn_started'],
    order: 'desc',
    limit: MAX_TURNS,
  });
  const taken = newest.flatMap(({ body }) =>
    body.type === 'session.turn_started' && body.message_ids.length > 0 ? [body.message_ids] : [],
  );
  const messages = await Promise.all((taken[0] ?? []).map((id) => store.events.find(sessionId, id)));
  const authors = messages.flatMap((message) =>
    message?.body.type === 'user.message' && message.body.actor ? [message.body.actor.id] : [],
  );
  return [...new Set([ownerId, ...authors])];
}
