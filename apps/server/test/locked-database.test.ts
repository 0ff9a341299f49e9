import { join } from 'node:path';

import { startServer } from '@claude-sdk-pattern/testkit';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';

it('answers what needs no database while another process holds it, says so to the rest, and goes on by itself', async () => {
  await using server = await startServer();
  const database = new Database(join(server.dataDir, 'csp.db'));
  const create = () =>
    server.fetch('/v1/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });

  database.exec('begin immediate');
  let isSettled = false;
  const waiting = create().finally(() => (isSettled = true));
  // Several: one may be answered before the server has begun with the session.
  for (let each = 0; each < 20; each += 1) expect((await server.fetch('/health/live')).status).toBe(200);
  expect(isSettled).toBe(false);
  database.exec('rollback');
  expect((await waiting).status).toBe(200);

  database.exec('begin immediate');
  const refused = await Promise.all([create(), create()]);
  for (const response of refused) {
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { details: { code: 'storage_unavailable' } } });
  }
  database.exec('rollback');
  expect((await create()).status).toBe(200);
  expect(await (await server.fetch('/metrics')).text()).toMatch(/csp_store_errors_total\{code="busy"\} [1-9]/);
  database.close();
});
