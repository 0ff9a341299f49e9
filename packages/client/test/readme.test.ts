import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ask } from '../examples/ask.ts';
import { startChatServer } from './chat-server.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the README shows the example that is run here', () => {
  expect(read('../README.md')).toContain(read('../examples/ask.ts'));
});

test('the example asks a question and returns the answer', async () => {
  await using server = await startChatServer();
  server.onMessage = (sessionId) => {
    server.append(sessionId, '42');
    server.appendEvent(sessionId, {
      type: 'session.status_idle',
      id: 'sevt_idle',
      stop_reason: { type: 'end_turn' },
      stop_details: null,
      processed_at: '2026-01-01T00:00:00Z',
    });
  };
  // The fixture stores a user's message as an agent's, so that its text comes back as well.
  expect(await ask(server.url, 'csp_key', 'What is it?')).toContain('42');
});
