import type { TestServer } from '@claude-sdk-pattern/testkit';

import { openChat, type Chat, type ChatOptions } from './chat.ts';

/**
 * Returns a function that opens a chat on one session, so that tests which do not depend on its history share one agent
 * process. A chat sees only the events after its opening. A session whose turn had not ended when its chat was closed is
 * left, and the next chat gets a new one.
 */
export function shareSession(server: () => TestServer, session: ChatOptions['session'] = {}): () => Promise<Chat> {
  let sessionId: string | undefined;
  return async () => {
    const chat = await openChat(server(), sessionId === undefined ? { session } : { sessionId, tail: 0 });
    sessionId = undefined;
    return Object.assign(chat, {
      async [Symbol.asyncDispose]() {
        if (isAtRest(chat)) sessionId = chat.sessionId;
        await chat.socket[Symbol.asyncDispose]();
      },
    });
  };
}

function isAtRest(chat: Chat): boolean {
  const last = chat.events.findLast(({ type }) => type === 'user.message' || type.startsWith('session.status_'));
  return last?.type === 'session.status_idle' && last.stop_reason.type !== 'requires_action';
}
