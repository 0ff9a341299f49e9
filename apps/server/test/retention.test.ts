import { join } from 'node:path';

import { startServer, until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../src/store/open-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

it('deletes at its start what nobody has used for longer than it is kept, and counts it', async () => {
  await using server = await startServer({
    environment: { CLAUDE_SDK_PATTERN_EVENT_RETENTION_DAYS: '30', CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' },
  });
  const create = async (title: string) => {
    const response = await server.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title }),
    });
    return ((await response.json()) as { id: string }).id;
  };
  const old = await create('old');
  const young = await create('young');
  await server.stop();
  {
    await using store = await openStore({
      url: `sqlite:${join(server.dataDir, 'csp.db')}`,
      nowMs: () => Date.now() - 31 * DAY_MS,
    });
    await store.sessions.update(old, { metadata: { used: 'a month ago' } });
  }
  await server.restart();
  await until('the old session is gone', async () => (await server.fetch(`/v1/sessions/${old}`)).status === 404);
  expect((await server.fetch(`/v1/sessions/${young}`)).status).toBe(200);
  await until('it was counted', async () =>
    (await (await server.fetch('/metrics')).text()).includes('csp_sessions_expired_total 1'),
  );
});
