import type { SessionView } from '../../session/session-view.ts';

/** What people have said in a session, oldest first. A message that waits for its turn has not been said yet: it can be edited. */
export function listEarlier({ items, waitingIds }: Pick<SessionView, 'items' | 'waitingIds'>): readonly string[] {
  const waiting = new Set(waitingIds);
  return [...items.values()].flatMap((item) =>
    item.kind === 'user' && item.text !== '' && !waiting.has(item.id) ? [item.text] : [],
  );
}
