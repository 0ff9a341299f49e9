import { toHref } from '../api/base-path.ts';

/** The name in a session's address of the event that it opens at. */
export const EVENT_PARAMETER = 'event';

/** The path of a session's page at one of its events. */
export function toMessagePath(sessionId: string, eventId: string): string {
  return `/sessions/${sessionId}?${EVENT_PARAMETER}=${encodeURIComponent(eventId)}`;
}

/** The whole address of a message, for other people who may see the session. */
export function toMessageLink(sessionId: string, eventId: string): string {
  return new URL(toHref(toMessagePath(sessionId, eventId)), location.origin).href;
}
