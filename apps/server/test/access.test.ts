import type { ClientFrameOf, ClientFrameType } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';
import { afterAll, describe, expect, it } from 'vitest';

import { ACTIONS, getRule, type Action } from '../src/access/actions.ts';
import { may, mayEver } from '../src/access/may.ts';
import type { Relation } from '../src/access/relation.ts';
import { FRAME_ACTIONS } from '../src/gateway/chat/frame-actions.ts';
import { SCOPES, type Scope as KeyScope } from '../src/identity/actor.ts';
import { SHARE_LEVELS } from '../src/store/shares.ts';
import {
  EVERYBODY,
  openAccessStage,
  ROLES,
  type AccessStage,
  type Json,
  type Kind,
  type Route,
  type Who,
} from './support/access-stage.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const postgres = stack.use(await startEmbeddedPostgres());
const openStage = async (options: Parameters<typeof openAccessStage>[0]) =>
  stack.adopt(await openAccessStage(options), (stage) => stage.close());
/** The platform on each database, both alike. */
const STAGES = [
  await openStage({ name: 'SQLite' }),
  await openStage({ name: 'PostgreSQL', databaseUrl: await postgres.createDatabase() }),
];
const [{ origin, routes }] = STAGES as [AccessStage];

/** A valid request where `{}`, or nothing, is refused before the resource is looked up. */
const BODIES: Record<string, Json> = {
  'POST /v1/agents/:agent_id': { system: 'Be kind.' },
  'POST /v1/environments/:environment_id': { description: 'Changed' },
  'POST /v1/sessions/:session_id': { title: 'Changed' },
  'POST /v1/sessions/:session_id/events': { events: [{ type: 'user.interrupt' }] },
  'PUT /api/v1/sessions/:id/shares/:user_id': { level: 'view' },
  'PUT /api/v1/sessions/:id/workspace/trust': { digest: 'old' },
  'POST /v1/sessions/:session_id/resources': { type: 'file', file_id: 'none' },
  'POST /v1/sessions/:session_id/resources/:resource_id': { authorization_token: 'token' },
  'POST /api/v1/sessions/:id/terminals': { columns: 80, rows: 24 },
  'PUT /api/v1/sessions/:id/workspace/file': { text: '' },
  'POST /api/v1/sessions/:id/workspace/folders': { path: 'none' },
  'POST /api/v1/sessions/:id/workspace/move': { from: 'none', to: 'other' },
  'POST /api/v1/sessions/:id/workspace/git/stage': { paths: null },
  'POST /api/v1/sessions/:id/workspace/git/unstage': { paths: null },
  'POST /api/v1/sessions/:id/workspace/git/commit': { message: 'none' },
  'POST /api/v1/sessions/:id/workspace/git/push': { branch: 'none' },
  'POST /api/v1/sessions/:id/workspace/git/pull_request': { title: 'none' },
  'POST /api/v1/sessions/:id/rewind': { event_id: 'sevt_none' },
  'POST /api/v1/sessions/:id/switch': { event_id: 'sevt_none' },
  'POST /api/v1/sessions/:id/rerun': { event_id: 'sevt_none' },
  'POST /api/v1/sessions/:id/apps/:digest/calls': { tool: 'refresh' },
  'POST /api/v1/sessions/:id/apps/:digest/resources': { uri: 'docs://tides' },
  'PUT /api/v1/deployments/:deployment_id/webhook': { verification: 'github' },
  'PUT /api/v1/secrets/:name': { value: 'a secret value' },
  'POST /v1/vaults/:vault_id/credentials': {
    auth: { type: 'static_bearer', mcp_server_url: 'https://mcp.example/mcp', token: 'token' },
  },
};
const QUERIES: Record<string, string> = {
  'GET /api/v1/sessions/:id/workspace/file': '?path=none',
  'PUT /api/v1/sessions/:id/workspace/file': '?path=none',
  'DELETE /api/v1/sessions/:id/workspace/file': '?path=none',
  'GET /api/v1/sessions/:id/workspace/content': '?path=none',
  'PUT /api/v1/sessions/:id/workspace/content': '?path=none',
  'GET /api/v1/sessions/:id/workspace/stamps': '?path=none',
  'GET /api/v1/people': '?email=nobody@example.com',
  'PUT /api/v1/secrets/:name': '?scope=user',
  'DELETE /api/v1/secrets/:name': '?scope=user',
};

const toName = ({ method, url }: Route) => `${method} ${url}`;
const findKind = ({ makers }: AccessStage, { url, action }: Route): Kind | undefined => {
  if (url.endsWith('/:deployment_run_id')) return 'deployment_run';
  if (action.startsWith('terminal.')) return 'session';
  return url.includes('/:') ? (Object.keys(makers) as Kind[]).find((kind) => action.startsWith(`${kind}.`)) : undefined;
};

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
async function ask(
  { send }: AccessStage,
  route: Route,
  { id = 'none', headers }: { id?: string | undefined; headers: Record<string, string> },
): Promise<Outcome> {
  const path = route.url
    .replace(':thread_id', id.replace('sesn_', 'thrd_'))
    .replace(
      /:(?:session_id|agent_id|environment_id|file_id|skill_id|vault_id|user_id|deployment_id|deployment_run_id|id)\b/,
      id,
    )
    .replace(':digest', '0'.repeat(64))
    .replace(/:\w+/, 'none');
  const body = route.method === 'POST' || route.method === 'PUT' ? (BODIES[toName(route)] ?? {}) : undefined;
  const response = await send(path + (QUERIES[toName(route)] ?? ''), route.method, {
    // A file is written only by somebody who says which version it replaces.
    headers: { ...headers, ...(route.method === 'PUT' && { 'if-none-match': '*' }) },
    ...(body && { body }),
  });
  const { status } = response;
  if (status !== 401 && status !== 403 && status !== 404) {
    // It may be a stream without an end.
    await response.body?.cancel();
    return 'let in';
  }
  const { error } = (await response.json()) as { error: { message: string } };
  if (status === 404 && !isHidden(error.message, id)) return 'let in';
  // Of the host, which confines nothing here: `unasked.test.ts` has who is refused then.
  if (status === 403 && error.message.endsWith('Only administrators may let it')) return 'let in';
  return status;
}

const isHidden = (message: string, id: string) =>
  [
    `There is no session ${id}`,
    `There is no file ${id}`,
    `There is no skill ${id}`,
    `There is no ${id}`,
    `You have no API key ${id}.`,
    `You have no sign-in ${id}.`,
  ].includes(message);

const isPublic = ({ action }: Route) => may(undefined, action, 'none');

describe('the routes', () => {
  it('name an action, and every action is named by a route, a frame or a service', () => {
    expect(routes.length).toBeGreaterThan(70);
    const named = new Set<string>([...routes.map(({ action }) => action), ...Object.values(FRAME_ACTIONS)]);
    expect(Object.keys(ACTIONS).filter((action) => !named.has(action))).toEqual([
      'agent.publish',
      'environment.publish',
      'terminal.open_unconfined',
      'session.run_unconfined',
      'approval.answer_handed_over',
      'approval.allow_for_others',
      'session.leave',
      'session.run_unasked',
      'platform_secret.read',
      'platform_secret.change',
    ]);
  });

  it('are described by the OpenAPI document, except for files of pages, deliveries and endpoints of plugins', async () => {
    const { paths } = (await (await fetch(`${origin}/api/openapi.json`)).json()) as { paths: Record<string, Json> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const registered = routes.map((route) => toName(route).replaceAll(/:(\w+)/g, '{$1}'));
    expect(registered.filter((name) => !described.includes(name))).toEqual([
      'GET /api/docs/style.css',
      ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /plugins/{name}/*`),
      ...['POST /hooks/in/{deployment_id}', 'POST /hooks/in/{deployment_id}/{secret}'],
      'GET /{name}',
      'GET /assets/{name}',
    ]);
    expect(described.filter((name) => !registered.includes(name))).toEqual([]);
  });

  it('that change something have an action that changes something', () => {
    const changing = routes.filter(({ method, action }) => method !== 'GET' && getRule(action).scope === 'read');
    const reading = routes.filter(({ method, action }) => method === 'GET' && getRule(action).scope === 'write');
    // Frames have actions of their own.
    expect(changing.filter((route) => !isPublic(route)).map(toName)).toEqual([
      'POST /api/v1/chat',
      'POST /api/v1/policy/test',
    ]);
    // What people type goes over it.
    expect(reading.map(toName)).toEqual(['GET /ws/v1/sessions/:id/terminals/:terminal_id']);
  });
});

describe.each(STAGES)('on $name, every route', (stage) => {
  const { keys, byKey, readers, makers, signIn } = stage;
  const judged = stage.routes.filter((route) => !isPublic(route));
  const toHeaders = async ({ action }: Route, key: string) =>
    getRule(action).via === 'cookie' ? signIn({ api_key: key }) : { 'x-api-key': key };

  it('is there as on the other database', () => {
    expect(stage.routes).toEqual(routes);
  });

  it.each(stage.routes.filter((route) => isPublic(route)))('lets everybody do $method $url', async (route) => {
    expect(await ask(stage, route, { headers: {} })).toBe('let in');
    expect(await ask(stage, route, { headers: byKey('stranger') })).toBe('let in');
  });

  it.each(judged)('judges $method $url as the table has it', async (route) => {
    const kind = findKind(stage, route);
    const id = kind && (await makers[kind]('owner'));
    const asked: Partial<Record<Who | 'nobody', Outcome>> = { nobody: await ask(stage, route, { id, headers: {} }) };
    const expected: typeof asked = { nobody: 401 };
    for (const who of EVERYBODY) {
      const relation = who === 'owner' ? 'own' : 'none';
      asked[who] = await ask(stage, route, { id, headers: await toHeaders(route, keys[who]) });
      expected[who] = toOutcome(route.action, who, kind === undefined ? undefined : relation);
    }
    expect(asked).toEqual(expected);
  });

  it.each(judged)('lets a key that may only read do $method $url only if it reads', async (route) => {
    const kind = findKind(stage, route);
    const id = kind && (await makers[kind]('owner'));
    for (const who of ['owner', 'admin'] as const) {
      const relation = kind === undefined ? undefined : who === 'owner' ? 'own' : 'none';
      const outcome = await ask(stage, route, { id, headers: await toHeaders(route, readers[who]) });
      expect(outcome, who).toBe(toOutcome(route.action, who, relation, ['read']));
    }
  });

  const publishable = judged.flatMap((route) => {
    const kind = findKind(stage, route);
    return kind === 'agent' || kind === 'environment' ? [{ ...route, kind }] : [];
  });
  it.each(publishable)('judges $method $url of what is published as the table has it', async (route) => {
    const id = await makers[route.kind]('operator', 'organization');
    const asked: Partial<Record<Who, Outcome>> = {};
    const expected: typeof asked = {};
    for (const who of ['stranger', 'admin'] as const) {
      asked[who] = await ask(stage, route, { id, headers: byKey(who) });
      expected[who] = toOutcome(route.action, who, 'published');
    }
    expect(asked).toEqual(expected);
  });

  it.each(judged.filter((route) => findKind(stage, route) === 'session'))(
    'judges $method $url of a shared session as the table has it, at each level',
    async (route) => {
      const asked: Record<string, Outcome> = {};
      const expected: typeof asked = {};
      for (const level of SHARE_LEVELS) {
        const id = await stage.shareSession(level);
        asked[level] = await ask(stage, route, { id, headers: byKey('stranger') });
        expected[level] = toOutcome(route.action, 'stranger', level);
      }
      expect(asked).toEqual(expected);
    },
  );

  it.each(judged.filter(({ action }) => getRule(action).via === 'cookie'))(
    'refuses $method $url to a key, also an administrator’s',
    async (route) => {
      expect(await ask(stage, route, { headers: byKey('admin') })).toBe(401);
    },
  );
});

describe.each(STAGES)('on $name, every frame', ({ origin: url, keys, readers, makers, shareSession }) => {
  type Fields<T extends ClientFrameType> = Omit<ClientFrameOf<T>, 'type' | 'id' | 'session_id'>;
  const FIELDS: { [T in ClientFrameType]: Fields<T> } = {
    'session.create': {},
    'session.attach': {},
    'session.detach': {},
    'session.send': { events: [{ type: 'user.interrupt' }] },
    'session.update': { title: 'Changed' },
    'session.fork': {},
    'session.withdraw': { event_id: 'sevt_none' },
    'session.rerun': { event_id: 'sevt_none' },
    'session.rewind': { event_id: 'sevt_none' },
    'session.switch': { event_id: 'sevt_none' },
    'session.wake': {},
    'session.typing': {},
    'session.retry_now': {},
    'sessions.watch': {},
    'overview.watch': {},
    'overview.unwatch': {},
    ping: {},
  };
  const HAS_SESSION = (type: string) => type.startsWith('session.') && type !== 'session.create';

  it.each(Object.keys(FIELDS) as ClientFrameType[])('is judged as the table has it: %s', async (type) => {
    const sessionId = await makers.session('owner');
    const asked: Partial<Record<Who, Outcome>> = {};
    const expected: typeof asked = {};
    const request = async (apiKey: string): Promise<Outcome> => {
      await using socket = await connectRawWebSocket({ url }, { apiKey });
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
      await using socket = await connectRawWebSocket({ url }, { apiKey: keys.stranger });
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
