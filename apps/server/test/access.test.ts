import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';

import type { ClientFrameOf, ClientFrameType } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';

import { ACTIONS, getRule, type Action } from '../src/access/actions.ts';
import { may, mayEver } from '../src/access/may.ts';
import type { Relation } from '../src/access/relation.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { FRAME_ACTIONS } from '../src/gateway/chat/frame-actions.ts';
import { SCOPES, type Role, type Scope as KeyScope } from '../src/identity/actor.ts';
import { startPlatform } from '../src/platform.ts';
import { SHARE_LEVELS, type ShareLevel } from '../src/store/shares.ts';
import { createLogger } from '../src/telemetry/logger.ts';

const BOOTSTRAP_KEY = 'the bootstrap key of this test';
const PASSWORD = 'correct horse battery';
/** Who owns what is asked for, and everybody else by their role. */
const ROLES = { owner: 'user', stranger: 'user', operator: 'operator', admin: 'admin' } as const satisfies Record<
  string,
  Role
>;
type Who = keyof typeof ROLES;
/** The owner last: what may be done is done. */
const EVERYBODY: readonly Who[] = ['stranger', 'operator', 'admin', 'owner'];

interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  action: Action;
}

/** The platform in this process, with every route that Fastify was told of. */
async function openPlatform() {
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
    CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: BOOTSTRAP_KEY,
    CLAUDE_SDK_PATTERN_LAUNCHER: 'local',
    CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1',
    // Nobody asks the model anything.
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
  });
  const platform = await startPlatform(config, { logger: createLogger({ level: 'silent' }), version: 'test' });
  unsubscribe('fastify.initialization', onInstance);
  afterAll(async () => {
    await platform.stopNow();
    await platform.stop();
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    await home[Symbol.asyncDispose]();
  });
  return { url: platform.url, routes };
}

const { url: origin, routes } = await openPlatform();

type Json = Record<string, unknown>;
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

async function createKey(name: Who): Promise<string> {
  const email = `${name}@example.com`;
  const user = { email, name, password: PASSWORD, role: ROLES[name] };
  const headers = { 'x-api-key': BOOTSTRAP_KEY };
  return create(`/api/v1/users/${await createUser(user)}/api-keys`, headers, { name }, 'key');
}

async function createUser(body: Json): Promise<string> {
  const made = await send('/api/v1/users', 'POST', { headers: { 'x-api-key': BOOTSTRAP_KEY }, body });
  expect(made.status).toBe(201);
  return String(((await made.json()) as Json)['id']);
}

async function create(path: string, headers: Record<string, string>, body: Json, field = 'id'): Promise<string> {
  const response = await send(path, 'POST', { headers, body });
  expect(response.status).toBe(200);
  return String(((await response.json()) as Json)[field]);
}

const keys = Object.fromEntries(
  await Promise.all(EVERYBODY.map(async (name) => [name, await createKey(name)] as const)),
) as Record<Who, string>;
const byKey = (who: Who) => ({ 'x-api-key': keys[who] });
/** Keys of the owner and of an administrator that may only read. */
const readers = {
  owner: await create('/api/v1/api-keys', byKey('owner'), { name: 'reader', scopes: ['read'] }, 'key'),
  admin: await create('/api/v1/api-keys', byKey('admin'), { name: 'reader', scopes: ['read'] }, 'key'),
};

async function uploadFile(owner: Who): Promise<string> {
  const body = new FormData();
  body.set('file', new Blob(['text']), 'a.txt');
  const response = await fetch(`${origin}/v1/files`, { method: 'POST', headers: byKey(owner), body });
  return String(((await response.json()) as Json)['id']);
}

type Scope = 'account' | 'organization';

/** What a parameter of a path names: made anew for each route, since routes delete it. */
const makers = {
  session: (owner: Who) => create('/v1/sessions', byKey(owner), {}),
  agent: (owner: Who, scope: Scope = 'account') =>
    create('/v1/agents', byKey(owner), { name: 'A', model: 'default', scope }),
  environment: (owner: Who, scope: Scope = 'account') => create('/v1/environments', byKey(owner), { name: 'E', scope }),
  file: (owner: Who) => uploadFile(owner),
  api_key: (owner: Who) => create('/api/v1/api-keys', byKey(owner), { name: 'another' }),
  sign_in: async (owner: Who) => {
    await signIn({ api_key: keys[owner] });
    const listed = await send('/api/v1/sign-ins', 'GET', { headers: byKey(owner) });
    return String(((await listed.json()) as { data: Json[] }).data[0]?.['id']);
  },
  /** Nobody's: who may change accounts may change all of them. */
  user: () => createUser({ email: `${crypto.randomUUID()}@example.com`, name: 'Somebody', password: PASSWORD }),
};

let strangersId: string | undefined;

async function findStranger(): Promise<string | undefined> {
  const found = await send('/api/v1/people?email=Stranger@example.com', 'GET', { headers: byKey('operator') });
  return ((await found.json()) as { data: { id: string }[] }).data[0]?.id;
}

/** A new session of the owner that the stranger may see, drive or manage. */
async function shareSession(level: ShareLevel): Promise<string> {
  const id = await makers.session('owner');
  strangersId ??= await findStranger();
  const path = `/api/v1/sessions/${id}/shares/${strangersId}`;
  expect((await send(path, 'PUT', { headers: byKey('owner'), body: { level } })).status).toBe(200);
  return id;
}

/** A valid request where `{}`, or nothing, is refused before the resource is looked up. */
const BODIES: Record<string, Json> = {
  'POST /v1/agents/:agent_id': { system: 'Be kind.' },
  'POST /v1/environments/:environment_id': { description: 'Changed' },
  'POST /v1/sessions/:session_id': { title: 'Changed' },
  'POST /v1/sessions/:session_id/events': { events: [{ type: 'user.interrupt' }] },
  'PUT /api/v1/sessions/:id/shares/:user_id': { level: 'view' },
};
const QUERIES: Record<string, string> = {
  'GET /api/v1/sessions/:id/workspace/file': '?path=none',
  'GET /api/v1/people': '?email=nobody@example.com',
};

const toName = ({ method, url }: Route) => `${method} ${url}`;
const KINDS = Object.keys(makers) as (keyof typeof makers)[];
const findKind = ({ url, action }: Route) =>
  url.includes('/:') ? KINDS.find((kind) => action.startsWith(`${kind}.`)) : undefined;

type Outcome = 'let in' | 401 | 403 | 404;

function toOutcome(
  action: Action,
  who: Who,
  relation: Relation | undefined,
  scopes: readonly KeyScope[] = SCOPES,
): Outcome {
  const holder = { role: ROLES[who], scopes };
  if (!mayEver(holder, action)) return 403;
  if (relation === undefined || may(holder, action, relation)) return 'let in';
  return relation === 'none' ? 404 : 403;
}

/** What the server did; a 404 for something else than the resource is no refusal. */
async function ask(route: Route, id: string, headers: Record<string, string>): Promise<Outcome> {
  const path = route.url
    .replace(':thread_id', id.replace('sesn_', 'thrd_'))
    .replace(/:(?:session_id|agent_id|environment_id|file_id|user_id|id)\b/, id)
    .replace(/:\w+/, 'none');
  const body = route.method === 'POST' || route.method === 'PUT' ? (BODIES[toName(route)] ?? {}) : undefined;
  const response = await send(path + (QUERIES[toName(route)] ?? ''), route.method, { headers, ...(body && { body }) });
  const { status } = response;
  if (status !== 401 && status !== 403 && status !== 404) {
    // It may be a stream without an end.
    await response.body?.cancel();
    return 'let in';
  }
  const { error } = (await response.json()) as { error: { message: string } };
  if (status === 404 && !isHidden(error.message, id)) return 'let in';
  return status;
}

const isHidden = (message: string, id: string) =>
  [
    `There is no session ${id}`,
    `There is no file ${id}`,
    `There is no ${id}`,
    `You have no API key ${id}.`,
    `You have no sign-in ${id}.`,
  ].includes(message);

const toHeaders = async ({ action }: Route, who: Who) =>
  getRule(action).via === 'cookie' ? signIn({ api_key: keys[who] }) : byKey(who);

const isPublic = ({ action }: Route) => may(undefined, action, 'none');

describe('every route', () => {
  it('names an action, and every action is named by a route, a frame or a service', () => {
    expect(routes.length).toBeGreaterThan(70);
    const named = new Set<string>([...routes.map(({ action }) => action), ...Object.values(FRAME_ACTIONS)]);
    expect(Object.keys(ACTIONS).filter((action) => !named.has(action))).toEqual([
      'agent.publish',
      'environment.publish',
      'session.run_unasked',
    ]);
  });

  it('is described by the OpenAPI document, except for the files of pages', async () => {
    const { paths } = (await (await fetch(`${origin}/api/openapi.json`)).json()) as { paths: Record<string, Json> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const registered = routes.map((route) => toName(route).replaceAll(/:(\w+)/g, '{$1}'));
    expect(registered.filter((name) => !described.includes(name))).toEqual([
      'GET /api/docs/style.css',
      'GET /{name}',
      'GET /assets/{name}',
    ]);
    expect(described.filter((name) => !registered.includes(name))).toEqual([]);
  });

  it.each(routes.filter((route) => isPublic(route)))('lets everybody do $method $url', async (route) => {
    expect(await ask(route, 'none', {})).toBe('let in');
    expect(await ask(route, 'none', byKey('stranger'))).toBe('let in');
  });

  it.each(routes.filter((route) => !isPublic(route)))('judges $method $url as the table has it', async (route) => {
    const kind = findKind(route);
    const id = kind === undefined ? 'none' : await makers[kind]('owner');
    const asked: Partial<Record<Who | 'nobody', Outcome>> = { nobody: await ask(route, id, {}) };
    const expected: typeof asked = { nobody: 401 };
    for (const who of EVERYBODY) {
      const relation = who === 'owner' ? 'own' : 'none';
      asked[who] = await ask(route, id, await toHeaders(route, who));
      expected[who] = toOutcome(route.action, who, kind === undefined ? undefined : relation);
    }
    expect(asked).toEqual(expected);
  });

  it.each(routes.filter((route) => !isPublic(route)))(
    'lets a key that may only read do $method $url only if it reads',
    async (route) => {
      const kind = findKind(route);
      const id = kind === undefined ? 'none' : await makers[kind]('owner');
      for (const who of ['owner', 'admin'] as const) {
        const { via } = getRule(route.action);
        const headers = via === 'cookie' ? await signIn({ api_key: readers[who] }) : { 'x-api-key': readers[who] };
        const relation = kind === undefined ? undefined : who === 'owner' ? 'own' : 'none';
        expect(await ask(route, id, headers), who).toBe(toOutcome(route.action, who, relation, ['read']));
      }
    },
  );

  it('that changes something has an action that changes something', () => {
    const changing = routes.filter(({ method, action }) => method !== 'GET' && getRule(action).scope === 'read');
    const reading = routes.filter(({ method, action }) => method === 'GET' && getRule(action).scope === 'write');
    // Frames have actions of their own.
    expect(changing.filter((route) => !isPublic(route)).map(toName)).toEqual([
      'POST /api/v1/chat',
      'POST /api/v1/policy/test',
    ]);
    expect(reading).toEqual([]);
  });

  const publishable = routes.flatMap((route) => {
    const kind = findKind(route);
    return kind === 'agent' || kind === 'environment' ? [{ ...route, kind }] : [];
  });
  it.each(publishable)('judges $method $url of what is published as the table has it', async (route) => {
    const id = await makers[route.kind]('operator', 'organization');
    const asked: Partial<Record<Who, Outcome>> = {};
    const expected: typeof asked = {};
    for (const who of ['stranger', 'admin'] as const) {
      asked[who] = await ask(route, id, byKey(who));
      expected[who] = toOutcome(route.action, who, 'published');
    }
    expect(asked).toEqual(expected);
  });

  it.each(routes.filter((route) => findKind(route) === 'session'))(
    'judges $method $url of a shared session as the table has it, at each level',
    async (route) => {
      const asked: Record<string, Outcome> = {};
      const expected: typeof asked = {};
      for (const level of SHARE_LEVELS) {
        asked[level] = await ask(route, await shareSession(level), byKey('stranger'));
        expected[level] = toOutcome(route.action, 'stranger', level);
      }
      expect(asked).toEqual(expected);
    },
  );

  it.each(routes.filter(({ action }) => getRule(action).via === 'cookie'))(
    'refuses $method $url to a key, also an administrator’s',
    async (route) => {
      expect(await ask(route, 'none', byKey('admin'))).toBe(401);
    },
  );
});

describe('every frame', () => {
  type Fields<T extends ClientFrameType> = Omit<ClientFrameOf<T>, 'type' | 'id' | 'session_id'>;
  const FIELDS: { [T in ClientFrameType]: Fields<T> } = {
    'session.create': {},
    'session.attach': {},
    'session.detach': {},
    'session.send': { events: [{ type: 'user.interrupt' }] },
    'session.update': { title: 'Changed' },
    'session.fork': {},
    'session.withdraw': { event_id: 'sevt_none' },
    'session.wake': {},
    'session.typing': {},
    'session.retry_now': {},
    'sessions.watch': {},
    ping: {},
  };
  const HAS_SESSION = (type: string) => !['session.create', 'sessions.watch', 'ping'].includes(type);

  it.each(Object.keys(FIELDS) as ClientFrameType[])('is judged as the table has it: %s', async (type) => {
    const sessionId = await makers.session('owner');
    const asked: Partial<Record<Who, Outcome>> = {};
    const expected: typeof asked = {};
    const request = async (apiKey: string): Promise<Outcome> => {
      await using socket = await connectRawWebSocket({ url: origin }, { apiKey });
      const session = HAS_SESSION(type) && { session_id: sessionId };
      const answer = await socket.request({ type, ...FIELDS[type], ...session });
      return toAnswer(answer as { error?: { type: string; message: string } }, sessionId);
    };
    for (const who of EVERYBODY) {
      const relation = who === 'owner' ? 'own' : 'none';
      asked[who] = await request(keys[who]);
      expected[who] = toOutcome(FRAME_ACTIONS[type], who, HAS_SESSION(type) ? relation : undefined);
    }
    expect(asked).toEqual(expected);
    expect(await request(readers.owner)).toBe(toOutcome(FRAME_ACTIONS[type], 'owner', 'own', ['read']));
  });

  it.each((Object.keys(FIELDS) as ClientFrameType[]).filter(HAS_SESSION))(
    'is judged in a shared session as the table has it, at each level: %s',
    async (type) => {
      const asked: Record<string, Outcome> = {};
      const expected: typeof asked = {};
      await using socket = await connectRawWebSocket({ url: origin }, { apiKey: keys.stranger });
      for (const level of SHARE_LEVELS) {
        const sessionId = await shareSession(level);
        const answer = await socket.request({ type, ...FIELDS[type], session_id: sessionId });
        asked[level] = toAnswer(answer as { error?: { type: string; message: string } }, sessionId);
        expected[level] = toOutcome(FRAME_ACTIONS[type], 'stranger', level);
      }
      expect(asked).toEqual(expected);
    },
  );

  function toAnswer({ error }: { error?: { type: string; message: string } }, sessionId: string): Outcome {
    if (error?.type === 'permission_error') return 403;
    if (error?.type === 'authentication_error') return 401;
    return error?.type === 'not_found_error' && isHidden(error.message, sessionId) ? 404 : 'let in';
  }
});
