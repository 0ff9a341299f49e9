import { describe, expect, test, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';

import { createClient } from '../src/index.ts';
import { startChatServer } from './chat-server.ts';
import { createManualClock } from './manual-clock.ts';
import { untilState } from './eventually.ts';

describe('connecting', () => {
  test('goes live and measures a round trip', async () => {
    await using server = await startChatServer();
    await using client = createClient({ url: server.url });
    expect(client.state).toEqual({ state: 'connecting' });
    await untilState(client, 'live');
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
  });

  test('sends the API key as a header and never in the URL', async () => {
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, apiKey: 'csp_key' });
    await untilState(client, 'live');
    expect(server.upgrades[0]?.authorization).toBe('Bearer csp_key');
    expect(() => createClient({ url: 'http://user:key@127.0.0.1:1' })).toThrow(TypeError);
  });

  test('works on the ws package through the injected factory', async () => {
    await using server = await startChatServer();
    await using client = createClient({
      url: server.url,
      apiKey: 'csp_key',
      webSocket: (url, init) => new NodeWebSocket(url, init),
    });
    await untilState(client, 'live');
    expect(server.upgrades[0]?.authorization).toBe('Bearer csp_key');
  });
});

describe('losing the connection', () => {
  test('backs off from 0.25 s, doubling while the server stays away', async () => {
    const clock = createManualClock();
    const server = await startChatServer();
    await using client = createClient({ url: server.url, clock, random: () => 1 });
    await untilState(client, 'live');
    const delays: number[] = [];
    client.onState((state) => {
      if (state.state === 'reconnecting') delays.push(state.retryAt - clock.now());
    });
    await server[Symbol.asyncDispose]();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await vi.waitFor(() => expect(delays).toHaveLength(attempt));
      clock.advance(delays.at(-1) ?? 0);
    }
    await vi.waitFor(() => expect(delays).toEqual([250, 500, 1000, 2000]));
  });

  test('is told to come back at once after it read too slowly', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    server.disconnectAll(4008);
    const state = await untilState(client, 'reconnecting');
    expect(state).toMatchObject({ attempt: 1, retryAt: clock.now(), cause: 'closed' });
    clock.advance(0);
    await untilState(client, 'live');
  });

  test('reconnects without waiting when it is told that the network is back', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    server.disconnectAll(1001);
    await untilState(client, 'reconnecting');
    client.reconnectNow();
    await untilState(client, 'live');
  });

  test('notices a server that fell silent within five seconds, and says when it was last heard', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    await client.ping();
    const lastHeardAt = clock.now();
    server.decide = () => 'ignore';
    clock.advance(4_999);
    expect(client.state.state).toBe('live');
    clock.advance(1);
    expect(client.state).toMatchObject({ state: 'reconnecting', cause: 'silence', lastHeardAt });
  });

  test('bears silence longer on a line that fell silent before, so that a large frame gets through', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    await client.ping();
    server.decide = () => 'ignore';
    clock.advance(5_000);
    server.decide = () => 'serve';
    client.reconnectNow();
    await untilState(client, 'live');
    await client.ping();
    server.decide = () => 'ignore';
    clock.advance(9_999);
    expect(client.state.state).toBe('live');
    clock.advance(1);
    expect(client.state.state).toBe('reconnecting');
  });

  test('counts as lost at once when the network is gone, and says so until it is back', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    client.networkLost();
    expect(client.state).toMatchObject({ state: 'reconnecting', cause: 'offline' });
    client.reconnectNow();
    await untilState(client, 'live');
    server.disconnectAll(1001);
    expect(await untilState(client, 'reconnecting')).toMatchObject({ cause: 'closed' });
  });

  test('stays live while the server answers pings', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    let pings = 0;
    server.decide = () => {
      pings += 1;
      return 'serve';
    };
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(2_500);
      await vi.waitFor(() => expect(pings).toBe(round * 2 - 1));
      // The answer to a second ping proves that the pong before it has arrived.
      await client.ping();
    }
    expect(client.state.state).toBe('live');
  });
});

describe('signing in', () => {
  test('closes as unauthenticated instead of knocking for ever', async () => {
    await using server = await startChatServer();
    server.authorized = false;
    await using client = createClient({ url: server.url, apiKey: 'wrong' });
    const sent = client.createSession();
    await expect(sent).rejects.toMatchObject({ name: 'ClientError', type: 'authentication_error' });
    expect(client.state).toEqual({ state: 'closed', reason: 'unauthenticated' });
  });

  test('ends at once, without another try, when it is signed out while it is connected', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    const ended = untilState(client, 'closed');
    server.authorized = false;
    server.disconnectAll(4003);
    expect(await ended).toEqual({ state: 'closed', reason: 'unauthenticated' });
    expect(server.upgrades).toHaveLength(1);
  });

  test('comes back at once when its rights changed and some are left', async () => {
    const clock = createManualClock();
    await using server = await startChatServer();
    await using client = createClient({ url: server.url, clock });
    await untilState(client, 'live');
    const away = untilState(client, 'reconnecting');
    server.disconnectAll(4003);
    await away;
    await untilState(client, 'live');
    expect(server.upgrades).toHaveLength(2);
  });

  test('keeps trying while nobody can say whether the credential is good', async () => {
    await using server = await startChatServer();
    server.authorized = false;
    const checkAuth = vi.fn<() => Promise<boolean>>(() => Promise.reject(new Error('no network')));
    await using client = createClient({ url: server.url, checkAuth });
    await vi.waitFor(() => expect(checkAuth).toHaveBeenCalled());
    expect(client.state.state).toBe('reconnecting');
    server.authorized = true;
    client.reconnectNow();
    await untilState(client, 'live');
  });
});

describe('closing', () => {
  test('rejects what still waits, can be called twice, and ends in closed', async () => {
    await using server = await startChatServer();
    server.decide = () => 'ignore';
    const client = createClient({ url: server.url });
    await untilState(client, 'live');
    const outcome = client.send('sesn_1', [{ type: 'user.interrupt' }]).catch((error: unknown) => error);
    await Promise.all([client.close('done'), client.close()]);
    expect(await outcome).toMatchObject({ type: 'connection_closed' });
    expect(client.state).toEqual({ state: 'closed', reason: 'done' });
    await expect(client.ping()).rejects.toMatchObject({ type: 'connection_closed' });
  });
});
