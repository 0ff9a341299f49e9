import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;

let secure: TestServer;
let plain: TestServer;

beforeAll(async () => {
  [secure, plain] = await Promise.all([
    startServer({
      environment: {
        CLAUDE_SDK_PATTERN_PUBLIC_URL: 'https://agents.example',
        CLAUDE_SDK_PATTERN_ALLOWED_ORIGINS: 'https://tools.example',
        CLAUDE_SDK_PATTERN_MAX_FILE_MB: '2',
      },
    }),
    startServer(),
  ]);
});
afterAll(() => Promise.all([secure, plain].map((server) => server[Symbol.asyncDispose]())));

/** By key, or by what the headers say. */
const post = (path: string, body: object, headers?: Record<string, string>) =>
  fetch(`${secure.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(headers ?? { 'x-api-key': secure.apiKey }) },
    body: JSON.stringify(body),
  });

const upload = (bytes: number) => {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), 'a.bin');
  return secure.fetch('/v1/files', { method: 'POST', body: form });
};

it('has browsers come back by https only where people reach it so', async () => {
  const [there, here] = await Promise.all([secure.fetch('/health/live'), plain.fetch('/health/live')]);
  expect(there.headers.get('strict-transport-security')).toBe('max-age=31536000');
  expect(here.headers.get('strict-transport-security')).toBeNull();
});

/** The answer to bytes that are no HTTP. */
async function sendBytes(bytes: string): Promise<Headers> {
  const socket = connect(Number(new URL(secure.url).port), '127.0.0.1');
  socket.end(bytes);
  const [head = ''] = (await text(socket)).split('\r\n\r\n');
  return new Headers(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ', 2) as [string, string]),
  );
}

it('protects people by headers on every answer, also to what is no request', async () => {
  const session = (await (await post('/v1/sessions', {})).json()) as { id: string };
  const file = (await (await upload(10)).json()) as { id: string };
  const paths = ['/', '/sign-in', '/api/docs', '/api/v1/bootstrap', '/metrics', '/v1/nothing', '/%E0%A4%A'];
  const downloads = [`/v1/files/${file.id}/content`, `/api/v1/sessions/${session.id}/export`, '/api/v1/audit/export'];
  const streams = [`/v1/sessions/${session.id}/events/stream`];
  const answers = await Promise.all(
    [...paths, ...downloads, ...streams].map(async (path) => {
      const { headers, body } = await secure.fetch(path);
      await body?.cancel();
      return [path, headers] as const;
    }),
  );
  for (const [path, headers] of [...answers, ['no HTTP', await sendBytes('?\r\n\r\n')] as const]) {
    expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
    expect([path, headers.get('referrer-policy')]).toEqual([path, 'no-referrer']);
    expect([path, headers.get('content-security-policy')]).toEqual([
      path,
      expect.stringMatching(/default-src '(?:self|none)'.*frame-ancestors 'none'/),
    ]);
    expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null]);
  }
  for (const [path, headers] of answers.filter(([each]) => !each.startsWith('/%'))) {
    const policy = headers.get('content-security-policy');
    expect([path, policy]).toEqual([
      path,
      expect.stringMatching(/base-uri 'none'.*object-src 'none';script-src 'self'/),
    ]);
    expect([path, headers.get('permissions-policy')]).toEqual([path, expect.stringContaining('camera=()')]);
    expect([path, headers.get('cross-origin-opener-policy')]).toEqual([path, 'same-origin']);
    expect([path, headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-origin']);
  }
  const isAttached = expect.stringMatching(/^attachment; filename/);
  const dispositions = answers.map(([path, headers]) => [path, headers.get('content-disposition')]);
  expect(dispositions.filter(([, disposition]) => disposition !== null)).toEqual(
    downloads.map((path) => [path, isAttached]),
  );
});

it('gives a browser a cookie that no script, page of another site or other host of the domain can use', async () => {
  const signIn = (server: TestServer, origin: string) =>
    fetch(`${server.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ api_key: server.apiKey }),
    });
  const [there, here] = await Promise.all([signIn(secure, 'https://agents.example'), signIn(plain, plain.url)]);
  expect(there.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-csp\.session_token=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
  ]);
  expect(here.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^csp\.session_token=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  const cookie = there.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const act = (headers: Record<string, string>) =>
    post('/v1/sessions', {}, { cookie, 'sec-fetch-site': 'same-site', ...headers }).then(({ status }) => status);
  expect(await act({ origin: 'https://agents.example' })).toBe(200);
  expect(await act({ origin: 'https://tools.example' })).toBe(200);
  expect(await act({ origin: 'https://other.example' })).toBe(403);
  expect(await act({})).toBe(403);
});

it('lets pages of allowed origins read answers, and no other page', async () => {
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' };
  const preflight = (origin: string) =>
    fetch(`${secure.url}/v1/sessions`, { method: 'OPTIONS', headers: { origin, ...asked } });
  const [allowed, other] = await Promise.all([preflight('https://tools.example'), preflight('https://other.example')]);
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://tools.example']);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('x-api-key');
  expect(allowed.headers.get('vary')).toContain('Origin');
  expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([404, null]);
  const list = (origin: string) => secure.fetch('/v1/sessions', { headers: { origin } });
  const [mine, theirs] = await Promise.all([list('https://tools.example'), list('https://tools.example.evil.example')]);
  expect(mine.headers.get('access-control-allow-origin')).toBe('https://tools.example');
  expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
});

it('takes fonts from nowhere else', async () => {
  const policy = (await plain.fetch('/')).headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/font-src 'self' data:(;|$)/);
  expect(policy).not.toContain('https:');
});

it('leaves nothing of what is somebody’s in a cache: resources, downloads, streams, errors', async () => {
  const created = await secure.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const session = (await created.json()) as { id: string };
  const file = (await (await upload(10)).json()) as { id: string };
  const paths = [
    '/v1/sessions',
    `/v1/files/${file.id}/content`,
    `/v1/sessions/${session.id}/events/stream`,
    `/api/v1/sessions/${session.id}/export`,
    '/api/v1/bootstrap',
    '/v1/sessions/sesn_none',
    '/v1/nothing',
  ];
  for (const path of paths) {
    const response = await secure.fetch(path);
    expect([path, response.headers.get('cache-control')]).toEqual([path, 'no-store']);
    await response.body?.cancel();
  }
});

describe('limits', () => {
  it('are told before anything is sent', async () => {
    const bootstrap = (await (await secure.fetch('/api/v1/bootstrap')).json()) as Bootstrap;
    expect(bootstrap.limits).toEqual({
      max_frame_bytes: MIB,
      max_message_bytes: 32 * MIB,
      max_file_bytes: 2 * MIB,
    });
  });

  it('are named in MB by what refuses', async () => {
    const file = await upload(2 * MIB + 1);
    expect([file.status, await file.json()]).toMatchObject([
      413,
      {
        error: {
          type: 'request_too_large',
          message: 'A file may have 2 MB at most',
          details: { limit_bytes: 2 * MIB },
        },
      },
    ]);
    const body = await secure.fetch('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'x'.repeat(9 * MIB) }),
    });
    expect([body.status, await body.json()]).toMatchObject([
      413,
      { error: { message: expect.stringContaining('may have 8 MB at most'), details: { limit_bytes: 8 * MIB } } },
    ]);
  });
});

it('says at its first start how to get in with the bootstrap key, and not once somebody has', async () => {
  expect(plain.logs).toMatch(
    /Sign in at http\S+\/sign-in with the key that CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY holds/,
  );
  expect(plain.logs).not.toContain(plain.apiKey);
  const signedIn = await fetch(`${plain.url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: plain.url },
    body: JSON.stringify({ api_key: plain.apiKey }),
  });
  expect(signedIn.status).toBe(204);
  const before = plain.logs.length;
  await plain.restart();
  expect(plain.logs.slice(before)).toContain('Lost the way in?');
  expect(plain.logs.slice(before)).not.toContain('Sign in at');
});
