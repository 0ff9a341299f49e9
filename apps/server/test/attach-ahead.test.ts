import { join } from 'node:path';

import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../src/store/open-store.ts';
import { newEvent } from '../src/store/contract/back-end.ts';
import { openChat } from './support/chat.ts';

/**
 * An event is stored, then flushed to the disk, then counted by the session in memory. A client that attaches in between
 * reads it from the store, and may lose its connection and come back at once.
 */
it('takes a client back that has seen more than the session in memory has counted', async () => {
  await using server = await startServer();
  await using chat = await openChat(server);
  await chat.socket.request({ type: 'session.update', session_id: chat.sessionId, title: 'Opens it' });
  await using store = await openStore({ url: `sqlite:${join(server.dataDir, 'csp.db')}` });
  const { lease_fence: fence } = await store.database
    .selectFrom('sessions')
    .select('lease_fence')
    .where('id', '=', chat.sessionId)
    .executeTakeFirstOrThrow();
  const after = await store.events.append(chat.sessionId, fence, [newEvent('not counted yet', 'session.notice')]);

  const attached = await chat.socket.request({ type: 'session.attach', session_id: chat.sessionId, after });
  expect(attached).toMatchObject({ type: 'reply', result: { last_seq: after } });
  const stream = await server.fetch(`/v1/sessions/${chat.sessionId}/events/stream?after=${after}`);
  await stream.body?.cancel();
  expect(stream.status).toBe(200);

  for (const ahead of [after + 1, 10_000]) {
    const attach = { type: 'session.attach', session_id: chat.sessionId, after: ahead };
    expect(await chat.socket.request(attach)).toMatchObject({ error: { type: 'invalid_request_error' } });
    const refused = await server.fetch(`/v1/sessions/${chat.sessionId}/events/stream?after=${ahead}`);
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { details: { field: 'after' } } }]);
  }
});
