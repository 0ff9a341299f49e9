/** The path of a session's page at one of its events. */
export function toEventPath(sessionId: string, eventId: string): string {
  return `/sessions/${sessionId}?event=${eventId}`;
}
