import { expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import { settleRestored } from './settle-restored.ts';

const NOW = '2026-03-02T12:00:00.000Z';
const BEFORE = '2026-03-01T12:00:00.000Z';

it('does nothing that was due meanwhile, and lets what is due later be', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const { database, webhookMessages } = store;
  const schedule = { type: 'cron', expression: '0 3 * * *', timezone: 'UTC' };
  const dates = { created_at: BEFORE, updated_at: BEFORE };
  const target = { owner_id: 'ann', name: 'x', agent_id: 'a', agent_version: 1, environment_id: 'e' };
  const content = JSON.stringify({ schedule });
  const due = ['2026-03-02T03:00:00.000Z', '2026-03-05T03:00:00.000Z'];
  for (const [index, next] of due.entries())
    await database
      .insertInto('deployments')
      .values({ ...target, ...dates, id: `d${index}`, content, next_run_at: next })
      .execute();
  const { name: _name, environment_id: _environment, ...ofRun } = target;
  const run = { ...ofRun, deployment_id: 'd0', trigger_type: 'schedule', attempts: 0, created_at: BEFORE };
  await database
    .insertInto('deployment_runs')
    .values({ ...run, id: 'run', trigger_key: 'k', state: 'pending', task: '{}', busy_until: BEFORE })
    .execute();
  await webhookMessages.put({ id: 'msg', type: 't', data: {}, createdAt: BEFORE, expiresAt: '2099' });
  await store.mails.put({ key: 'k', subject: 's', text: 't', createdAt: BEFORE, quietSince: BEFORE });
  await store.forks.begin({ sessionId: 'sesn_fork', agentSessionId: 'copy', nodeId: 'node_gone' });

  const tables = ['deployments', 'mails'].map((name) => ({ name, columns: [], rows: 2 }));
  const manifest = { id: 'b', at: BEFORE, deleted_meanwhile: [], database: { tables } };
  const work = await settleRestored({ kind: 'sqlite', database }, manifest, Date.parse(NOW));

  expect(work).toEqual({ sessions: 0, webhookMessages: 1 });
  expect(await database.selectFrom('deployments').select(['id', 'next_run_at']).orderBy('id').execute()).toEqual([
    { id: 'd0', next_run_at: '2026-03-03T03:00:00.000Z' },
    { id: 'd1', next_run_at: due[1] },
  ]);
  expect(await database.selectFrom('deployment_runs').selectAll().execute()).toMatchObject([
    { state: 'failed', task: null, busy_until: null, error: expect.stringContaining('restored') },
  ]);
  expect([await webhookMessages.count(), await store.mails.countWaiting()]).toEqual([0, 0]);
  expect(await database.selectFrom('forks').selectAll().execute()).toEqual([]);
  expect(await store.audit.listPending(9)).toMatchObject([{ action: 'server.restore' }]);
});
