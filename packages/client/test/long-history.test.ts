import { join } from 'node:path';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { startServer, until, type TestServer } from '@claude-sdk-pattern/testkit';
import { expect, test } from 'vitest';

import { openStore } from '../../../apps/server/src/store/open-store.ts';
import { createClient } from '../src/index.ts';

const LENGTH = 50_000;
const PER_APPEND = 1000;

/** Writes a long history into a session while the server is away. */
async function writeHistory(server: TestServer, sessionId: string): Promise<number> {
  await server.stop();
  const store = await openStore({ url: `sqlite:${join(server.dataDir, 'csp.db')}` });
  try {
    const { lease } = await store.leases.acquire({ sessionId, nodeId: 'history', ttlMs: 60_000 });
    let last = 0;
    for (let written = 0; written < LENGTH; written += PER_APPEND) {
      const rows = Array.from({ length: PER_APPEND }, (_, index) => {
        const id = `sevt_history_${written + index}`;
        const content = [{ type: 'text' as const, text: `Line ${written + index} of a long conversation. `.repeat(8) }];
        const body: SessionEvent = { type: 'agent.message', id, content, processed_at: '2026-01-01T00:00:00Z' };
        return { id, type: body.type, body };
      });
      last = (await store.events.append(sessionId, lease.fence, rows)) + PER_APPEND - 1;
    }
    await store.leases.release(lease);
    return last;
  } finally {
    await store.close();
    await server.restart();
  }
}

test('opens a session of 50,000 events at its end, and scrolls back, reading no more than is asked for', async () => {
  await using server = await startServer();
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session } = await client.createSession();
  const last = await writeHistory(server, session.id);
  client.reconnectNow();
  await client.ping();

  const seqs: number[] = [];
  const attachment = client.attach(session.id, { tail: 200, onEvent: (_event, seq) => seqs.push(seq) });
  await until('the end is there', () => seqs.at(-1) === last);
  expect(seqs[0]).toBe(last - 199);
  expect(seqs).toHaveLength(200);

  let first = attachment.firstSeq ?? 0;
  for (let page = 0; page < 5; page += 1) {
    const { events, hasMore } = await client.listEvents(session.id, { before: first, limit: 200 });
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => first - 200 + index));
    expect(hasMore).toBe(true);
    first -= 200;
  }
  const beginning = await client.listEvents(session.id, { before: 4 });
  expect(beginning.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(beginning.hasMore).toBe(false);
});
