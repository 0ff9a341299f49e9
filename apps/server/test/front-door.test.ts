import type { Bootstrap } from '@claude-sdk-pattern/protocol';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MIB = 1024 * 1024;

let secure: TestServer;
let plain: TestServer;

beforeAll(async () => {
  [secure, plain] = await Promise.all([
    startServer({
      environment: { CLAUDE_SDK_PATTERN_PUBLIC_URL: 'https://agents.example', CLAUDE_SDK_PATTERN_MAX_FILE_MB: '2' },
    }),
    startServer(),
  ]);
});
afterAll(() => Promise.all([secure, plain].map((server) => server[Symbol.asyncDispose]())));

const upload = (bytes: number) => {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bytes)]), 'a.bin');
  return secure.fetch('/v1/files', { method: 'POST', body: form });
};

it('has browsers come back by https only where people reach it so', async () => {
  const [there, here] = await Promise.all([secure.fetch('/health/live'), plain.fetch('/health/live')]);
  expect(there.headers.get('strict-transport-security')).toBe('max-age=15552000');
  expect(here.headers.get('strict-transport-security')).toBeNull();
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
