import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PASSWORD = 'correct horse battery';

const LIMITS = {
  CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE: '60',
  CLAUDE_SDK_PATTERN_MAX_REQUESTS_PER_MINUTE_OF_ADDRESS: '80',
};

let proxied: TestServer;
let direct: TestServer;

beforeAll(async () => {
  [proxied, direct] = await Promise.all([
    startServer({ environment: { ...LIMITS, CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8' } }),
    startServer({ environment: LIMITS }),
  ]);
});
afterAll(() => Promise.all([proxied, direct].map((server) => server[Symbol.asyncDispose]())));

function signIn(server: TestServer, body: object, from: string): Promise<Response> {
  return fetch(`${server.url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url, 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
}

async function createUser(server: TestServer, email: string): Promise<void> {
  const made = await fetch(`${server.url}/api/v1/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': server.apiKey },
    body: JSON.stringify({ email, name: email, password: PASSWORD }),
  });
  expect(made.status).toBe(201);
}

const toCookie = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

async function failTenTimes(server: TestServer, email: string, from: string): Promise<void> {
  const body = { email, password: 'wrong password' };
  for (let each = 0; each < 10; each += 1) expect((await signIn(server, body, from)).status).toBe(401);
  const refused = await signIn(server, body, from);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
}

it('keeps one who guesses behind a trusted proxy from one account only, and nobody else from any', async () => {
  await createUser(proxied, 'ada@example.com');
  await createUser(proxied, 'bob@example.com');
  await failTenTimes(proxied, 'ada@example.com', '192.0.2.66');
  expect((await signIn(proxied, { email: 'ada@example.com', password: PASSWORD }, '192.0.2.66')).status).toBe(429);
  expect((await signIn(proxied, { email: 'bob@example.com', password: PASSWORD }, '192.0.2.66')).status).toBe(204);
  const ada = await signIn(proxied, { email: 'ada@example.com', password: PASSWORD }, '192.0.2.7, 10.1.2.3');
  expect(ada.status).toBe(204);
  const list = await fetch(`${proxied.url}/api/v1/sign-ins`, { headers: { cookie: toCookie(ada) } });
  expect(await list.json()).toMatchObject({ data: [{ address: '192.0.2.7', current: true }] });
});

it('believes nobody about an address when no proxy is trusted', async () => {
  await createUser(direct, 'ada@example.com');
  await failTenTimes(direct, 'ada@example.com', '192.0.2.66');
  expect((await signIn(direct, { email: 'ada@example.com', password: PASSWORD }, '192.0.2.7')).status).toBe(429);
});

/** The statuses of so many requests for what is not there, and the last answer. */
async function ask(server: TestServer, count: number, toHeaders: (index: number) => Record<string, string>) {
  const statuses = new Set<number>();
  let last: Response | undefined;
  for (let index = 0; index < count; index += 1) {
    last = await fetch(`${server.url}/api/v1/nothing`, { headers: toHeaders(index) });
    statuses.add(last.status);
    if (index < count - 1) await last.body?.cancel();
  }
  return { statuses: [...statuses], last };
}

it('limits what an address asks without a credential, below what it may ask in all, and tells it from others', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const key = { 'x-api-key': proxied.apiKey };
  const anonymous = await ask(proxied, 61, () => from('198.51.100.1'));
  expect(anonymous.statuses).toEqual([404, 429]);
  expect(Number(anonymous.last?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await anonymous.last?.json()).toMatchObject({ error: { type: 'rate_limit_error', details: { limit: 60 } } });
  const page = await fetch(`${proxied.url}/sign-in`, { headers: from('198.51.100.1') });
  expect(page.status).toBe(429);
  expect((await fetch(`${proxied.url}/health/live`, { headers: from('198.51.100.1') })).status).toBe(200);
  expect((await ask(proxied, 1, () => from('198.51.100.2'))).statuses).toEqual([404]);
  const bootstrap = () => fetch(`${proxied.url}/api/v1/bootstrap`, { headers: { ...key, ...from('198.51.100.1') } });
  for (let index = 0; index < 20; index += 1) expect((await bootstrap()).status).toBe(200);
  const refused = await bootstrap();
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('from your address') } });
});

it('counts frames for the address too', async () => {
  const headers = { 'x-api-key': proxied.apiKey, 'x-forwarded-for': '198.51.100.3' };
  await ask(proxied, 60, () => ({ 'x-forwarded-for': '198.51.100.3' }));
  const frames = Array.from({ length: 20 }, (_, index) => ({ type: 'ping', id: `ping-${index}` }));
  const response = await fetch(`${proxied.url}/api/v1/chat`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ frames }),
  });
  const answers = (await response.text()).match(/"type":"(?:reply|pong|error)"/g);
  expect(answers?.filter((answer) => answer.includes('error'))).toHaveLength(1);
});

it('believes no header about an address where no proxy is trusted', async () => {
  const { statuses } = await ask(direct, 61, (index) => ({ 'x-forwarded-for': `198.51.100.${index}` }));
  expect(statuses).toEqual([404, 429]);
});
