import { CspError } from '@claude-sdk-pattern/protocol';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { admitAs } from '../entrance/fixtures/access-harness.ts';
import type { Role } from '../../identity/actor.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { sendError } from '../entrance/error-envelope.ts';
import { processRoutes } from './process-routes.ts';
import { zodSchemas } from '../entrance/zod-schemas.ts';

/** The routes alone, for whoever has this role; commands are written down. */
async function openRoutes(role: Role | null) {
  const commands: string[] = [];
  const app = fastify(zodSchemas);
  app.setErrorHandler(sendError);
  admitAs(app, role && toTestActor('user_1', role));
  await app.register(processRoutes, {
    audit: { record: async ({ action, details }) => void commands.push(`${action} ${JSON.stringify(details)}`) },
    store: { agents: { find: async () => undefined } },
    identity: { findUserNames: async () => new Map([['user_2', 'Bea']]) },
    processes: {
      list: () => ({
        data: [
          {
            type: 'process',
            session_id: 'sesn_1',
            title: null,
            owner: { id: 'user_2', name: null },
            agent: { id: 'agent_1', name: null },
            pid: 1,
            state: 'idle',
            start: 'warm',
            age_seconds: 1,
            rss_bytes: 1,
            pss_bytes: null,
            cpu_seconds: 1,
            processes: [],
            samples: [],
          },
        ],
        next_page: null,
        limits: { max_processes: 1, max_rss_bytes: 1, max_duration_seconds: 1 },
        queue_length: 0,
        node_id: 'node_1',
        pool: {
          ...{ ready: 0, starting: 0, wanted: 0, kinds: 0, started: 0, claimed: 0, failed: 0 },
          ...{ start_failures: 0, last_failure: null },
        },
      }),
      async run(_actor, sessionId, command) {
        if (sessionId !== 'sesn_1') throw new CspError('not_found', 'none');
        commands.push(`${command} ${sessionId}`);
      },
    },
    metrics: createMetrics(),
  });
  return { app, commands };
}

const ROUTES = [
  ['GET', '/api/v1/processes'],
  ['POST', '/api/v1/processes/sesn_1/restart'],
  ['POST', '/api/v1/processes/sesn_1/hibernate'],
  ['POST', '/api/v1/processes/sesn_1/interrupt'],
  ['POST', '/api/v1/processes/sesn_1/end'],
  ['GET', '/metrics'],
] as const;

describe.each(ROUTES)('%s %s', (method, url) => {
  it.each([
    ['nobody', null, 401],
    ['a user', 'user', 403],
  ] as const)('is closed to %s', async (_, role, status) => {
    const { app, commands } = await openRoutes(role);
    expect((await app.inject({ method, url })).statusCode).toBe(status);
    expect(commands).toEqual([]);
  });

  it.each(['operator', 'admin'] as const)('is open to the role %s', async (role) => {
    const { app } = await openRoutes(role);
    expect((await app.inject({ method, url })).statusCode).toBe(method === 'GET' ? 200 : 204);
  });
});

it('lists processes with the names of their owners', async () => {
  const { app } = await openRoutes('operator');
  const list = (await app.inject('/api/v1/processes')).json<{ data: { owner: unknown }[] }>();
  expect(list.data).toMatchObject([{ owner: { id: 'user_2', name: 'Bea' } }]);
});

it('hands commands on by the session', async () => {
  const { app, commands } = await openRoutes('admin');
  await app.inject({ method: 'POST', url: '/api/v1/processes/sesn_1/end' });
  expect((await app.inject({ method: 'POST', url: '/api/v1/processes/sesn_2/end' })).statusCode).toBe(404);
  expect(commands).toEqual(['end sesn_1', 'process.control {"command":"end"}']);
});
