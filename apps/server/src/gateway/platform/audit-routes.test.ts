import type { AuditEntryList, AuditEntryResource } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { createAuditLog } from '../../audit/audit-log.ts';
import { openStore } from '../../store/open-store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';
import { auditRoutes } from './audit-routes.ts';

const START_MS = Date.parse('2026-02-01T22:00:00.000Z');
const HOUR_MS = 60 * 60 * 1000;

/** The routes on a log with one entry an hour: five of Ada's, one of Bob's. */
async function openRoutes() {
  const store = await openStore({ url: 'sqlite::memory:' });
  let nowMs = START_MS;
  const audit = createAuditLog({
    nodeId: 'node_1',
    ...{ store, clock: { now: () => nowMs }, retentionDays: 0, secretsKey: 'a secrets key' },
    ...{
      logger: createLogger({ level: 'silent' }),
      anchor: { read: async () => undefined, write: async () => undefined },
    },
  });
  for (const name of ['ada', 'ada', 'ada', 'ada', 'ada', '=bob']) {
    const target = { type: 'session', id: `sesn_${name}` } as const;
    await audit.record({
      actor: { type: 'user', id: name },
      action: 'session.create',
      target,
      details: { b: 1, a: '"' },
    });
    nowMs += HOUR_MS;
  }
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  admitAs(app, toTestActor('user_op', 'operator'));
  const identity = {
    findUserNames: async (ids: readonly string[]) => new Map(ids.includes('ada') ? [['ada', 'Ada L.']] : []),
  };
  await app.register(auditRoutes, { audit, identity });
  const list = async (query = '') => {
    const response = await app.inject({ url: `/api/v1/audit${query}` });
    return {
      status: response.statusCode,
      ...response.json<AuditEntryList>(),
    };
  };
  return { app, audit, list, [Symbol.asyncDispose]: () => app.close().then(() => store.close()) };
}

const seqs = ({ data }: { data: AuditEntryResource[] }) => data.map(({ seq }) => seq);

describe('the audit log', () => {
  it('names people and keys, also those that are gone', async () => {
    await using routes = await openRoutes();
    const actor = { type: 'user', id: 'ada' } as const;
    const gone = { action: 'user.delete', target: { type: 'user', id: '=bob' }, details: { name: 'Bob' } } as const;
    const key = { action: 'api_key.create', target: { type: 'api_key', id: 'key' }, details: { name: 'CI' } } as const;
    for (const fact of [gone, key]) await routes.audit.record({ actor, ...fact });
    expect((await routes.list()).names).toEqual({ ada: 'Ada L.', '=bob': 'Bob', key: 'CI' });
    expect((await routes.list('?action=session.create&actor=%3Dbob')).names).toEqual({ '=bob': 'Bob' });
  });

  it('is listed newest first, page by page, each entry with its hash and the one before', async () => {
    await using routes = await openRoutes();
    const first = await routes.list('?limit=4');
    expect([seqs(first), first.next_page]).toEqual([[6, 5, 4, 3], '3']);
    expect(first.data[0]).toEqual({
      ...{ seq: 6, at: '2026-02-02T03:00:00.000Z', actor: { type: 'user', id: '=bob' }, action: 'session.create' },
      ...{ target: { type: 'session', id: 'sesn_=bob' }, outcome: 'success', details: { a: '"', b: 1 } },
      ...{ prev_hash: first.data[1]?.hash, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
    const second = await routes.list('?limit=4&page=3');
    expect([seqs(second), second.next_page]).toEqual([[2, 1], null]);
    expect(second.data[1]?.prev_hash).toBe('0'.repeat(64));
    expect(seqs(await routes.list('?order=asc&limit=2'))).toEqual([1, 2]);
  });

  it('is filtered by action, actor, target and time', async () => {
    await using routes = await openRoutes();
    expect(seqs(await routes.list('?actor=%3Dbob'))).toEqual([6]);
    expect(seqs(await routes.list('?target=sesn_ada&limit=2'))).toEqual([5, 4]);
    expect(seqs(await routes.list('?action=tool.run'))).toEqual([]);
    expect(seqs(await routes.list('?from=2026-02-02T01:00:00Z&to=2026-02-02T02:00:00Z'))).toEqual([5, 4]);
    expect(seqs(await routes.list('?from=2026-02-02T03:00:00%2B01:00&to=2026-02-02'))).toEqual([6, 5]);
    expect(seqs(await routes.list('?to=2026-02-01'))).toEqual([2, 1]);
    for (const bad of ['?from=yesterday', '?page=x', '?limit=0', '?order=up'])
      expect((await routes.list(bad)).status, bad).toBe(400);
  });

  it('is exported as JSON lines, and as a table that no program takes for formulas', async () => {
    await using routes = await openRoutes();
    const jsonl = await routes.app.inject({ url: '/api/v1/audit/export?actor=ada' });
    expect(jsonl.headers['content-type']).toBe('application/jsonl; charset=utf-8');
    const lines = jsonl.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntryResource);
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);

    const csv = await routes.app.inject({ url: '/api/v1/audit/export?format=csv&target=sesn_%3Dbob' });
    expect(csv.headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    const [head, row, end] = csv.body.split('\r\n');
    expect(head).toBe(
      '"seq","at","actor_type","actor_id","action","target_type","target_id","outcome","details","prev_hash","hash"',
    );
    expect(row).toContain(`"6","2026-02-02T03:00:00.000Z","user","'=bob","session.create"`);
    expect(row).toContain(String.raw`"{""a"":""\"""",""b"":1}"`);
    expect(end).toBe('');
    expect((await routes.list('?action=audit.export')).data.map(({ details }) => details['format'])).toEqual([
      ...['csv', 'jsonl'],
    ]);
  });
});
