import { ClientError, type Client } from '@claude-sdk-pattern/client';

/**
 * Sends a message. When the server cannot take it, asks whether to try again. Every attempt carries the same id, so
 * that the message is sent once, whatever happened to the attempts before.
 */
export async function sendPatiently(
  client: Client,
  sessionId: string,
  text: string,
  tryAgain: (why: ClientError) => Promise<boolean>,
): Promise<string | undefined> {
  const id = `message-${crypto.randomUUID()}`;
  for (;;) {
    try {
      const { events } = await client.send(sessionId, [{ type: 'user.message', content: [{ type: 'text', text }] }], {
        id,
      });
      return events[0]?.id;
    } catch (error) {
      if (!(error instanceof ClientError) || !error.retryable) throw error;
      if (!(await tryAgain(error))) return undefined;
    }
  }
}
