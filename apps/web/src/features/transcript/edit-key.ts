/** The key of the draft of a message that is being changed. */
export function toEditKey(sessionId: string, messageId: string): string {
  return `${sessionId}.${messageId}`;
}
