import { connectRawWebSocket, startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, fetch, FormData, type RequestInit } from 'undici';

import { findNginxPorts, hasNginx, startNginx, type TestNginx } from './support/start-nginx.ts';

/** Below it the server is reached. At the root nginx passes on what a proxy does that takes the path away. */
const PATH = '/agents';
/** Another address of this machine than that of nginx. */
const CLIENT = '127.0.0.2';
const usable = await hasNginx();
if (!usable) console.warn('SKIPPED: behind nginx. Install nginx (Debian: nginx-light) and openssl to run these tests.');

describe.skipIf(!usable)('behind nginx with TLS, as deploy/nginx/csp.conf sets it up', () => {
  let server: TestServer;
  let nginx: TestNginx;
  let agent: Agent;
  let cookie: string;

  const request = (
    path: string,
    { headers, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ) => fetch(`${nginx.url}${path}`, { ...init, dispatcher: agent, headers: { origin: nginx.url, cookie, ...headers } });

  beforeAll(async () => {
    const ports = await findNginxPorts();
    server = await startServer({
      environment: {
        CLAUDE_SDK_PATTERN_PUBLIC_URL: `https://localhost:${ports.secure}${PATH}`,
        CLAUDE_SDK_PATTERN_TRUSTED_PROXIES: '127.0.0.1',
        CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
      },
    });
    nginx = await startNginx(server.url, ports, `${PATH}/`);
    agent = new Agent({ localAddress: CLIENT, connect: { ca: nginx.ca } });
    const signedIn = await fetch(`${nginx.url}${PATH}/api/v1/sign-in`, {
      method: 'POST',
      dispatcher: agent,
      // What a client says about its address is not believed.
      headers: { 'content-type': 'application/json', origin: nginx.url, 'x-forwarded-for': '192.0.2.66' },
      body: JSON.stringify({ api_key: server.apiKey }),
    });
    const [header = ''] = signedIn.headers.getSetCookie();
    expect(header).toMatch(/^__Secure-csp-agents\.session_token=.*; Path=\/agents; .*Secure/);
    cookie = header.split(';')[0] ?? '';
  });
  afterAll(async () => {
    await agent?.destroy();
    await nginx?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it('streams a turn over a WebSocket and as server-sent events while it runs', async () => {
    const tls = { ca: nginx.ca, localAddress: CLIENT };
    await using socket = await connectRawWebSocket(
      { url: `${nginx.url}${PATH}` },
      { headers: { cookie, origin: nginx.url }, tls },
    );
    const created = await socket.request({ type: 'session.create', session: {} });
    const { id } = (created as { result: { session: { id: string } } }).result.session;
    const stream = await request(`${PATH}/v1/sessions/${id}/events/stream?event_deltas=agent.message`);
    const content = [{ type: 'text', text: 'count to 300' }];
    await socket.request({ type: 'session.send', session_id: id, events: [{ type: 'user.message', content }] });

    let chunks = 0;
    let opening: string | undefined;
    for await (const chunk of stream.body ?? []) {
      opening ??= Buffer.from(chunk).toString();
      if (Buffer.from(chunk).includes('event_delta')) chunks += 1;
      if (chunks === 3) break;
    }
    // Not the first ping, which comes seconds later: nginx holds back the headers of an answer without a body.
    expect(opening).toMatch(/^: open/);
    await socket.waitFor((frame) => frame.type === 'preview');
    const types = () => socket.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event.type] : []));
    expect(types()).toContain('session.status_running');
    expect(types()).not.toContain('session.status_idle');

    await socket.request({ type: 'session.send', session_id: id, events: [{ type: 'user.interrupt' }] });
    await socket.waitFor((frame) => frame.type === 'event' && frame.event.type === 'session.status_idle');
  });

  it('serves the page below its path with addresses that lead there, as links to it do', async () => {
    const page = await (await request(`${PATH}/sessions/sesn_1`)).text();
    expect(page).toContain(`<meta name="base-path" content="${PATH}" />`);
    const addresses = [...page.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.some((address) => address.endsWith('.js'))).toBe(true);
    const answers = await Promise.all(addresses.map((address) => request(address)));
    expect(addresses.filter((address, at) => !address.startsWith(`${PATH}/`) || answers[at]?.status !== 200)).toEqual(
      [],
    );
    expect(await (await request(`${PATH}/api/docs`)).text()).toContain(`href="${PATH}/api/docs/style.css"`);

    const body = JSON.stringify({ email: 'ada@example.com', name: 'Ada' });
    const headers = { 'content-type': 'application/json' };
    const invited = await request(`${PATH}/api/v1/users`, { method: 'POST', headers, body });
    const { invitation } = (await invited.json()) as { invitation: { url: string } };
    expect(invitation.url).toMatch(new RegExp(`^${nginx.url}${PATH}/invite#link=`));
  });

  it('takes an upload that is larger than nginx takes by itself', async () => {
    const body = new FormData();
    body.set('file', new Blob([new Uint8Array(2 * 1024 * 1024)]), 'zeros.bin');
    expect((await request('/v1/files', { method: 'POST', body })).status).toBe(200);
  });

  it('tells the server the address of the client, and nobody else’s', async () => {
    const signIns = (await (await request('/api/v1/sign-ins')).json()) as { data: { address: string }[] };
    expect(signIns.data.map(({ address }) => address)).toEqual([CLIENT]);
    const audit = await (await request('/api/v1/audit?action=auth.sign_in')).text();
    expect(audit).toContain(CLIENT);
    expect(audit).not.toContain('192.0.2.66');
  });

  it('sends browsers from http to https', async () => {
    const answer = await fetch(`${nginx.plainUrl}/settings?tab=keys`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([301, 'https://localhost/settings?tab=keys']);
  });
});
