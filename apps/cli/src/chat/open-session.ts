import { ClientError, type Client } from '@claude-sdk-pattern/client';

import { API_KEY_VARIABLE, type ChatOptions } from './chat-options.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** The reason why a chat cannot begin, as a sentence for people. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
}

/**
 * Waits for the connection, then creates the session or resumes the given one; resolves with its id.
 * @throws ChatError when the server cannot be reached, refuses the key, or has no such session.
 */
export async function openSession(client: Client, options: ChatOptions): Promise<string> {
  await untilLive(client, options.url);
  const settings = {
    ...(options.model !== undefined && { model: options.model }),
    ...(options.permissionMode !== undefined && { permission_mode: options.permissionMode }),
  };
  try {
    if (options.sessionId === undefined) return (await client.createSession(settings)).session.id;
    if (Object.keys(settings).length > 0) await client.updateSession(options.sessionId, settings);
    return options.sessionId;
  } catch (error) {
    throw error instanceof ClientError ? new ChatError(error.message, { cause: error }) : error;
  }
}

/** Why the client was closed, as a sentence for people. */
export function explainClosed(reason: string): string {
  return reason === 'unauthenticated'
    ? `The server does not accept the API key. Set ${API_KEY_VARIABLE} to a key of the server.`
    : `The connection was closed (${reason}).`;
}

async function untilLive(client: Client, url: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const check = () => {
    const { state } = client;
    if (state.state === 'live') resolve();
    if (state.state === 'closed') reject(new ChatError(explainClosed(state.reason)));
  };
  const timer = setTimeout(
    () => reject(new ChatError(`${url} does not answer. Start a server with csp start, or name another with --url.`)),
    CONNECT_TIMEOUT_MS,
  );
  const stop = client.onState(check);
  check();
  await promise.finally(() => {
    stop();
    clearTimeout(timer);
  });
}
