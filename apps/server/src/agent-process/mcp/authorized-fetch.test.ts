import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import type { KeptAuthorization } from '../../definitions/mcp-authorization.ts';
import type { ServerAuthorization } from './authorized-fetch.ts';
import { startMcpFixture } from './fixtures/mcp-harness.ts';
import { openRelay } from './fixtures/relay-harness.ts';
import { createHttpLink, createSseLink } from './http-links.ts';

const UNSIGNED = {
  needed: { serverName: 'docs', serverUrl: 'http://127.0.0.1/mcp', plugin: null },
  onSignInNeeded: () => undefined,
};

/** A server that takes one token, and a link whose kept token is `kept.token`. */
async function startGuarded() {
  const state = { takes: 'token-1', keeps: 'token-1' as string | undefined, renewals: 0, refusals: 0 };
  const server = await startMcpFixture({
    intercept({ headers }, response) {
      if (headers.authorization === `Bearer ${state.takes}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer scope="x"' }).end();
      return true;
    },
  });
  const find = (): Promise<KeptAuthorization | undefined> => {
    if (state.keeps === undefined) return Promise.resolve(undefined);
    const renew: KeptAuthorization['renew'] = (challenge) => {
      expect(challenge).toBe('Bearer scope="x"');
      state.renewals += 1;
      return Promise.resolve(state.takes === 'gone' ? undefined : `Bearer ${(state.keeps = state.takes)}`);
    };
    return Promise.resolve({ header: `Bearer ${state.keeps}`, renew });
  };
  const authorization: ServerAuthorization = { ...UNSIGNED, find, noteRefusal: () => void (state.refusals += 1) };
  return { state, server, authorization };
}

it('finds the token anew for every request, and renews it once after a 401', async () => {
  const { state, server, authorization } = await startGuarded();
  await using fixture = server;
  const target = { url: fixture.url, headers: {}, authorization };
  await using relay = await openRelay({ openLink: (options) => Promise.resolve(createHttpLink(target, options)) });
  await relay.call('echo');
  expect(state.renewals).toBe(0);

  state.takes = 'token-2';
  await relay.call('echo');
  expect([state.renewals, fixture.calls.length]).toEqual([1, 2]);

  state.takes = 'gone';
  expect(await relay.call('echo')).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('401') }],
  });
  expect([state.renewals, state.refusals], 'somebody has to sign in').toEqual([2, 1]);
  state.takes = 'token-2';
  state.keeps = undefined;
  expect(await relay.call('echo'), 'what is kept no more is not sent').toMatchObject({ isError: true });
  expect(fixture.calls).toHaveLength(2);
});

it('sends the token with the messages that go beside the stream of SSE', async () => {
  const { state, server, authorization } = await startGuarded();
  await using fixture = server;
  const target = { url: fixture.sseUrl, headers: {}, authorization };
  await using relay = await openRelay({ openLink: (options) => Promise.resolve(createSseLink(target, options)) });
  await relay.call('echo');
  state.takes = 'token-2';
  await relay.call('echo');
  expect([state.renewals, fixture.calls.length]).toEqual([1, 2]);
});

it('sends the configured header instead of what is kept', async () => {
  const { server, authorization } = await startGuarded();
  await using fixture = server;
  const target = { url: fixture.url, headers: { AUTHORIZATION: 'Bearer other' }, authorization };
  await using relay = await openRelay({ openLink: (options) => Promise.resolve(createHttpLink(target, options)) });
  expect(relay.texts()).toEqual([expect.stringContaining('401')]);
});

it('shows the token to no host that the server redirects to', async () => {
  const seen: unknown[] = [];
  const thief = createServer(({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
  const { port } = thief.address() as AddressInfo;
  await using server = await startMcpFixture({
    intercept(_, response) {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/mcp` }).end();
      return true;
    },
  });
  const authorization = {
    ...UNSIGNED,
    find: () => Promise.resolve({ header: 'Bearer token', renew: () => Promise.resolve(undefined) }),
    noteRefusal: () => undefined,
  };
  for (const open of [createHttpLink, createSseLink]) {
    const target = { url: server.url, headers: {}, authorization };
    await using relay = await openRelay({ openLink: (options) => Promise.resolve(open(target, options)) });
    expect(relay.texts()).toEqual([expect.stringContaining('cannot be reached')]);
  }
  expect(seen.filter((each) => each !== undefined)).toEqual([]);
  await new Promise((resolve) => thief.close(resolve));
});
