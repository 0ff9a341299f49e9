import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { chatOf, type Chat } from './chat.ts';

/**
 * Returns a function that visits one session, for tests that do not depend on its history. The first of them makes it with
 * its message. After a test that fails, it is a new one.
 */
export function shareChat(visit: (path?: string) => Promise<Page>): () => Promise<Chat> {
  let path: string | undefined;
  return async () => {
    const page = await visit(path);
    const chat = chatOf(page);
    if (path !== undefined) await chat.waitUntilReady();
    path = undefined;
    onTestFinished(({ task }) => {
      if (task.result?.state === 'pass') path = new URL(page.url()).pathname;
    });
    return chat;
  };
}
