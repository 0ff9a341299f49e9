import { expect, it } from 'vitest';

import { startTokenEndpoint, type TokenAnswer } from './fixtures/token-endpoint.ts';
import { refreshTokens, type RefreshRequest } from './refresh-tokens.ts';

async function startEndpoint(answer: () => TokenAnswer) {
  const endpoint = await startTokenEndpoint(answer);
  const refresh = (more: Partial<RefreshRequest> = {}) =>
    refreshTokens(
      { tokenEndpoint: endpoint.url, clientId: 'c:1', auth: { type: 'none' }, refreshToken: 'r0', ...more },
      { now: () => 0 },
    );
  return { ...endpoint, refresh };
}

it('authenticates as it is told, and keeps the refresh token where the endpoint gives no other', async () => {
  await using endpoint = await startEndpoint(() => ({
    status: 200,
    body: '{"access_token":"a1","token_type":"bearer","expires_in":60}',
  }));
  const outcome = await endpoint.refresh({ scope: 'read', resource: 'https://mcp.example' });
  const tokens = { accessToken: 'a1', refreshToken: 'r0', expiresAt: '1970-01-01T00:01:00.000Z', scope: undefined };
  expect(outcome).toEqual({ status: 'succeeded', tokens });
  await endpoint.refresh({ auth: { type: 'client_secret_basic', clientSecret: 's +' } });
  await endpoint.refresh({ auth: { type: 'client_secret_post', clientSecret: 's +' } });
  const [open, basic, post] = endpoint.requests;
  expect(Object.fromEntries(open?.form ?? [])).toEqual({
    ...{ grant_type: 'refresh_token', refresh_token: 'r0', client_id: 'c:1' },
    ...{ scope: 'read', resource: 'https://mcp.example' },
  });
  expect(Buffer.from(basic?.headers.authorization?.slice(6) ?? '', 'base64').toString()).toBe('c%3A1:s+%2B');
  expect(basic?.form.has('client_id')).toBe(false);
  expect(post?.form.get('client_secret')).toBe('s +');
});

it('tells a token that is spent from an endpoint that fails, and from one that cannot be reached', async () => {
  const answers: TokenAnswer[] = [
    { status: 400, body: '{"error":"invalid_grant"}' },
    { status: 503, body: 'busy' },
    { status: 200, body: '{"token":1}' },
    { status: 200, body: '{"access_token":"a1","token_type":"bearer","expires_in":1e300}' },
  ];
  await using endpoint = await startEndpoint(() => answers.shift() ?? { status: 500, body: '' });
  expect(await endpoint.refresh()).toMatchObject({ status: 'failed', isFinal: true, answer: { status: 400 } });
  expect(await endpoint.refresh()).toMatchObject({ status: 'failed', isFinal: false, answer: { body: 'busy' } });
  expect(await endpoint.refresh()).toMatchObject({ status: 'failed', isFinal: false });
  expect(await endpoint.refresh()).toMatchObject({
    status: 'succeeded',
    tokens: { expiresAt: '1979-12-30T00:00:00.000Z' },
  });
  expect(await endpoint.refresh({ tokenEndpoint: 'http://127.0.0.1:1/' })).toMatchObject({ status: 'connect_error' });
});

it('takes the refresh token to no other origin', async () => {
  await using elsewhere = await startEndpoint(() => ({
    status: 200,
    body: '{"access_token":"a","token_type":"bearer"}',
  }));
  await using endpoint = await startEndpoint(() => ({ status: 307, body: '', location: elsewhere.url }));
  expect(await endpoint.refresh()).toMatchObject({ status: 'connect_error' });
  expect(elsewhere.requests).toEqual([]);
});
