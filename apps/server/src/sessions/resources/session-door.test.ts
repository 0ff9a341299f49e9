import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { pino } from 'pino';
import { expect, it } from 'vitest';

import type { Session } from '../../store/sessions.ts';
import { createSessionDoor } from './session-door.ts';

it('lets no session keep more than a few requests of git under way', async () => {
  const url = 'https://git.example/a/b';
  const resource = { id: 'sesrsc_1', type: 'git_repository', url } as unknown as Session['resources'][number];
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const door = createSessionDoor({
    findSession: async (id) => ({ id, ownerId: 'user_1', agentId: 'agent_1', resources: [resource] }) as Session,
    credentials: { find: async () => undefined } as unknown as Parameters<typeof createSessionDoor>[0]['credentials'],
    // A git server that does not answer.
    ask: (_remote, _request, { signal }) => {
      if ((count += 1) === 6) asked.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    },
    audit: { record: async () => undefined },
    logger: pino({ level: 'silent' }),
  });
  const server = createServer((request, response) => {
    void door.serve(request, response, { sessionId: String(request.headers['x-session']) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = new AbortController();
  const send = (session: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}/git/https/git.example/a/b/info/refs?service=git-upload-pack`, {
      headers: { 'x-session': session },
      ...(signal && { signal }),
    });
  const held = Array.from({ length: 6 }, () => send('sesn_1', cut.signal).catch(() => undefined));
  await asked.promise;
  const refused = await send('sesn_1');
  expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('Wait for one of them')]);
  // Others have their own, and what is cut makes room.
  const other = send('sesn_2', cut.signal).catch(() => undefined);
  await expect.poll(() => count).toBe(7);
  cut.abort();
  await Promise.all([...held, other]);
  const again = new AbortController();
  await expect
    .poll(() => {
      void send('sesn_1', again.signal).catch(() => undefined);
      return count;
    })
    .toBeGreaterThan(7);
  again.abort();
  server.closeAllConnections();
  server.close();
});
