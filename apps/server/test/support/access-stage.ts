import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { expect } from 'vitest';

import type { Action } from '../../src/access/actions.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Role } from '../../src/identity/actor.ts';
import { startPlatform } from '../../src/platform.ts';
import type { ShareLevel } from '../../src/store/shares.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

const BOOTSTRAP_KEY = 'the bootstrap key of this test';
/** Who owns what is asked for, and everybody else by their role. */
export const ROLES = {
  owner: 'user',
  stranger: 'user',
  operator: 'operator',
  admin: 'admin',
} as const satisfies Record<string, Role>;
export type Who = keyof typeof ROLES;
/** The owner last: what may be done is done. */
export const EVERYBODY: readonly Who[] = ['stranger', 'operator', 'admin', 'owner'];

export type Json = Record<string, unknown>;

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  action: Action;
}

export type AccessStage = Awaited<ReturnType<typeof openAccessStage>>;
/** What a parameter of a path can name. */
export type Kind = keyof AccessStage['makers'];

/**
 * The platform in this process, with every route that Fastify was told of, four accounts with a key each, and what
 * makes the resources that are asked for. Without `databaseUrl` on SQLite.
 */
export async function openAccessStage({ name, databaseUrl }: { name: string; databaseUrl?: string }) {
  const { platform, routes, close } = await openPlatform(databaseUrl);
  const origin = platform.url;

  const send = (
    path: string,
    method: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: Json },
  ) =>
    fetch(origin + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  /** By cookie, as browsers send it. A new sign-in each time: some requests end it. */
  async function signIn(body: Json): Promise<{ cookie: string; origin: string }> {
    const response = await send('/api/v1/sign-in', 'POST', { headers: { origin }, body });
    expect(response.status).toBe(204);
    return {
      origin,
      cookie: response.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; '),
    };
  }

  async function create(path: string, headers: Record<string, string>, body: Json, field = 'id'): Promise<string> {
    const response = await send(path, 'POST', { headers, body });
    expect([200, 201]).toContain(response.status);
    return String(((await response.json()) as Json)[field]);
  }

  const asBootstrap = { 'x-api-key': BOOTSTRAP_KEY };
  /** Without a password, which takes long to hash. */
  const createUser = (given: { email: string; name: string; role?: Role }) =>
    create('/api/v1/users', asBootstrap, given);
  const userIds = {} as Record<Who, string>;
  const keys = {} as Record<Who, string>;
  for (const who of EVERYBODY) {
    userIds[who] = await createUser({ email: `${who}@example.com`, name: who, role: ROLES[who] });
    keys[who] = await create(`/api/v1/users/${userIds[who]}/api-keys`, asBootstrap, { name: who }, 'key');
  }
  const byKey = (who: Who) => ({ 'x-api-key': keys[who] });
  const createReader = (who: Who) =>
    create('/api/v1/api-keys', byKey(who), { name: 'reader', scopes: ['read'] }, 'key');

  async function uploadFile(owner: Who): Promise<string> {
    const body = new FormData();
    body.set('file', new Blob(['text']), 'a.txt');
    const response = await fetch(`${origin}/v1/files`, { method: 'POST', headers: byKey(owner), body });
    return String(((await response.json()) as Json)['id']);
  }

  async function uploadSkill(owner: Who): Promise<string> {
    const body = new FormData();
    body.set('files[]', new File(['---\ndescription: Helps\n---\nHelp.'], 'helper/SKILL.md'));
    const response = await fetch(`${origin}/v1/skills`, { method: 'POST', headers: byKey(owner), body });
    return String(((await response.json()) as Json)['id']);
  }

  /** Without an agent that runs: a run of it fails, and starts no process. */
  async function createDeployment(owner: Who): Promise<string> {
    const agent = await makers.agent(owner);
    const id = await create('/v1/deployments', byKey(owner), {
      ...{ name: 'D', agent, environment_id: await makers.environment(owner) },
      initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'Look' }] }],
    });
    expect((await send(`/v1/agents/${agent}/archive`, 'POST', { headers: byKey(owner) })).status).toBe(200);
    return id;
  }

  type Scope = 'account' | 'organization';

  /** What a parameter of a path names: made anew for each route, since routes delete it. */
  const makers = {
    session: (owner: Who) => create('/v1/sessions', byKey(owner), {}),
    agent: (owner: Who, scope: Scope = 'account') =>
      create('/v1/agents', byKey(owner), { name: 'A', model: 'default', scope }),
    environment: (owner: Who, scope: Scope = 'account') =>
      create('/v1/environments', byKey(owner), { name: 'E', scope }),
    file: (owner: Who) => uploadFile(owner),
    skill: (owner: Who) => uploadSkill(owner),
    deployment: (owner: Who) => createDeployment(owner),
    deployment_run: async (owner: Who) =>
      create(`/v1/deployments/${await createDeployment(owner)}/run`, byKey(owner), {}),
    vault: (owner: Who) => create('/v1/vaults', byKey(owner), { display_name: 'V' }),
    api_key: (owner: Who) => create('/api/v1/api-keys', byKey(owner), { name: 'another' }),
    sign_in: async (owner: Who) => {
      await signIn({ api_key: keys[owner] });
      const listed = await send('/api/v1/sign-ins', 'GET', { headers: byKey(owner) });
      return String(((await listed.json()) as { data: Json[] }).data[0]?.['id']);
    },
    /** Nobody's: who may change accounts may change all of them. */
    user: () => createUser({ email: `${crypto.randomUUID()}@example.com`, name: 'Somebody' }),
  };

  /** A new session of the owner that the stranger may see, drive or manage. */
  async function shareSession(level: ShareLevel): Promise<string> {
    const id = await makers.session('owner');
    const path = `/api/v1/sessions/${id}/shares/${userIds.stranger}`;
    expect((await send(path, 'PUT', { headers: byKey('owner'), body: { level } })).status).toBe(200);
    return id;
  }

  return {
    name,
    origin,
    routes,
    send,
    signIn,
    keys,
    byKey,
    /** Keys of the owner and of an administrator that may only read. */
    readers: { owner: await createReader('owner'), admin: await createReader('admin') },
    makers,
    shareSession,
    close,
  };
}

async function openPlatform(databaseUrl: string | undefined) {
  const routes: Route[] = [];
  const onInstance = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
      for (const each of [method].flat())
        if (each !== 'HEAD') routes.push({ method: each as Route['method'], url, action: config?.action as Action });
    });
  };
  subscribe('fastify.initialization', onInstance);
  // The platform takes a temporary folder of its own for its process, which is that of other tests, too.
  const { TMPDIR } = process.env;
  const home = await createWorkspaceDir();
  const config = loadConfig({
    CLAUDE_SDK_PATTERN_PORT: '0',
    CLAUDE_SDK_PATTERN_DATA_DIR: join(home.path, 'data'),
    ...(databaseUrl !== undefined && { CLAUDE_SDK_PATTERN_DATABASE_URL: databaseUrl }),
    CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: BOOTSTRAP_KEY,
    CLAUDE_SDK_PATTERN_LAUNCHER: 'local',
    // Who is let in opens none.
    CLAUDE_SDK_PATTERN_MAX_TERMINALS: '0',
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1',
    // Nobody asks the model anything.
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
  });
  const platform = await startPlatform(config, { logger: createLogger({ level: 'silent' }), version: 'test' });
  unsubscribe('fastify.initialization', onInstance);
  const close = async () => {
    await platform.stopNow();
    await platform.stop();
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    await home[Symbol.asyncDispose]();
  };
  return { platform, routes, close };
}
