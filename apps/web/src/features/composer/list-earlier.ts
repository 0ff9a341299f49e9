import type { SessionView } from '../../session/session-view.ts';

/** What people have said in a session, oldest first. A queued message is left out, because it can still be edited. */
export function listEarlier({ items, waitingIds }: Pick<SessionView, 'items' | 'waitingIds'>): readonly string[] {
  const waiting = new Set(waitingIds);
  return [...items.values()].flatMap((item) =>
    item.kind === 'user' && item.text !== '' && !waiting.has(item.id) ? [item.text] : [],
  );
}
