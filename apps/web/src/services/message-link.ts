import { toHref } from '../api/base-path.ts';

/** The name in a session's address of the event that it opens at. */
export const EVENT_PARAMETER = 'event';

/** The whole address of a message, for other people who may see the session. */
export function toMessageLink(sessionId: string, eventId: string): string {
  const path = `/sessions/${sessionId}?${EVENT_PARAMETER}=${encodeURIComponent(eventId)}`;
  return new URL(toHref(path), location.origin).href;
}
