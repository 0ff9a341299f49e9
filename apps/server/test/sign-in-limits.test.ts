import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PASSWORD = 'correct horse battery';

let proxied: TestServer;
let direct: TestServer;

beforeAll(async () => {
  [proxied, direct] = await Promise.all([
    startServer({ environment: { CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8' } }),
    startServer(),
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
