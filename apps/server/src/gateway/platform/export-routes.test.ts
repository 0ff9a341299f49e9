import { CspError } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import type { Fact } from '../../audit/fact.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import { toSessionEvents } from '../../journal/session-events.ts';
import { toResource } from '../../sessions/to-resource.ts';
import { createSession, newEvents } from '../../store/contract/back-end.ts';
import { openStore } from '../../store/open-store.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { exportRoutes } from './export-routes.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';

/** The routes on a real store with one session of `user_1`, asked by `userId`. */
async function openRoutes(userId: string | null) {
  const store = await openStore({ url: 'sqlite::memory:' });
  const { id } = await createSession(store, { title: 'Plans "2026"\r\nx' });
  await store.events.append(id, 0, newEvents(1200));
  const facts: Fact[] = [];
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  admitAs(app, userId === null ? null : toTestActor(userId));
  await app.register(exportRoutes, {
    audit: { record: async (fact) => void facts.push(fact) },
    sessions: {
      async read(actor, sessionId) {
        const session = await store.sessions.find(sessionId);
        if (session?.ownerId !== actor.userId) throw new CspError('not_found', 'none');
        return { session: toResource(session, 'none'), events: toSessionEvents(store.events, sessionId) };
      },
    },
    dataDirNames: ['/srv/csp'],
  });
  const get = (path: string) => app.inject({ url: `/api/v1/sessions/${path}` });
  return { id, get, facts, [Symbol.asyncDispose]: () => app.close().then(() => store.close()) };
}

describe('the export of a session', () => {
  it('is a file with every event, or a transcript', async () => {
    await using routes = await openRoutes('user_1');
    const jsonl = await routes.get(`${routes.id}/export`);
    expect(jsonl.statusCode).toBe(200);
    expect(jsonl.headers['content-type']).toBe('application/jsonl; charset=utf-8');
    expect(jsonl.headers['content-disposition']).toMatch(/^attachment; filename="Plans-2026-x-[A-Za-z0-9]{8}\.jsonl"$/);
    const lines = jsonl.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number });
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));

    const markdown = await routes.get(`${routes.id}/export?format=markdown`);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.body).toContain('> event 1199\n');
    expect(routes.facts.map(({ action, details }) => [action, details])).toEqual([
      ['session.export', { format: 'jsonl' }],
      ['session.export', { format: 'markdown' }],
    ]);
  });

  it('is for its owner only, and in known formats only', async () => {
    await using others = await openRoutes('user_2');
    expect((await others.get(`${others.id}/export`)).statusCode).toBe(404);
    await using nobody = await openRoutes(null);
    expect((await nobody.get(`${nobody.id}/export`)).statusCode).toBe(401);
    await using owner = await openRoutes('user_1');
    expect((await owner.get(`${owner.id}/export?format=pdf`)).statusCode).toBe(400);
    expect((await owner.get('sesn_unknown/export')).statusCode).toBe(404);
  });
});
