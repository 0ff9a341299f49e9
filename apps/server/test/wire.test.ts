import type { ServerFrame } from '@claude-sdk-pattern/protocol';
import { say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { connectRawWebSocket, type RawWebSocket } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  {
    match: { userText: 'slow' },
    reply: [say('one two three four five six seven eight nine ten '.repeat(20), { tokensPerSecond: 150 })],
  },
  { reply: [say('Hello.')] },
];

const { model, server } = await useStage(scenarios, { ANTHROPIC_API_KEY: 'sk-upstream' });

const connect = () => connectRawWebSocket(server, { apiKey: server.apiKey });

let finished: Promise<string> | undefined;

/** Opens a session with one turn that has ended, for tests that only read it. Its chat has all events. */
async function openFinished(): Promise<Chat> {
  const chat = await openChat(server, { sessionId: await (finished ??= playTurn()) });
  await chat.waitForTurns(1);
  return chat;
}

async function playTurn(): Promise<string> {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  return chat.sessionId;
}

describe('signing in', () => {
  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
  ])('answers %s with 401 and the envelope, before any upgrade', async (_, headers) => {
    await expect(connectRawWebSocket(server, { headers })).rejects.toThrow(/401/);
    const response = await fetch(`${server.url}/v1/sessions`, { headers });
    expect(response.status).toBe(401);
    const body = (await response.json()) as { request_id: string };
    expect(body).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
    expect(response.headers.get('request-id')).toBe(body.request_id);
  });

  it('takes a key as x-api-key as well', async () => {
    const response = await fetch(`${server.url}/v1/sessions`, { headers: { 'x-api-key': server.apiKey } });
    expect(response.status).toBe(200);
  });

  it('takes none from the address, and refuses one there even beside a good one', async () => {
    const url = `${server.url}/v1/sessions?api_key=${server.apiKey}`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { 'x-api-key': server.apiKey } })).status).toBe(400);
  });
});

describe('garbage', () => {
  it.each([
    ['text that is not JSON', 'hello', null],
    ['a number', '42', null],
    ['an array', '[]', null],
    ['nothing', '', null],
    ['an unknown type', JSON.stringify({ type: 'session.explode', id: 'g1' }), 'g1'],
    ['wrong fields', JSON.stringify({ type: 'session.attach', id: 'g2', session_id: 7 }), 'g2'],
    ['an id that is no text', JSON.stringify({ type: 'ping', id: 7 }), null],
    ['a deep nest', '['.repeat(100_000), null],
  ])('%s is answered with an error, and the connection lives on', async (_, frame, id) => {
    await using socket = await connect();
    socket.send(frame);
    const error = await socket.waitFor((each) => each.type === 'error');
    expect(error).toMatchObject({ id, error: { type: 'invalid_request_error' } });
    expect((await socket.request({ type: 'ping' })).type).toBe('pong');
  });

  it('an unknown session is not found', async () => {
    await using socket = await connect();
    for (const type of ['session.attach', 'session.update', 'session.fork']) {
      expect(await socket.request({ type, session_id: 'sesn_unknown' })).toMatchObject({
        error: { type: 'not_found_error' },
      });
    }
  });

  it('a frame of 2 MiB closes the connection with 1009, and only that one', async () => {
    await using other = await connect();
    await using socket = await connect();
    socket.send('x'.repeat(2 * 1024 * 1024));
    expect(await socket.closed).toBe(1009);
    expect((await other.request({ type: 'ping' })).type).toBe('pong');
  });

  it('refuses to attach after a seq that does not exist yet', async () => {
    await using chat = await openChat(server);
    expect(
      await chat.socket.request({ type: 'session.attach', session_id: chat.sessionId, after: 10_000 }),
    ).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  });
});

describe('exactly once', () => {
  it('gives the first answer to a request sent again, also after the server was killed', async () => {
    await using chat = await openChat(server);
    const frame = {
      type: 'session.send',
      id: `once-${chat.sessionId}`,
      session_id: chat.sessionId,
      events: [{ type: 'user.message', content: [{ type: 'text', text: 'say it once' }] }],
    };
    const first = await chat.socket.request(frame);
    await chat.waitForTurns(1);
    expect(await chat.socket.request(frame)).toEqual(first);

    await server.kill('SIGKILL');
    await server.restart();

    await using again = await openChat(server, { sessionId: chat.sessionId });
    expect(await again.socket.request(frame)).toEqual(first);
    expect(again.eventsOf('user.message')).toHaveLength(1);
    const other = { ...frame, events: [{ type: 'user.message', content: [{ type: 'text', text: 'another text' }] }] };
    expect(await again.socket.request(other)).toMatchObject({
      error: { type: 'invalid_request_error', details: { code: 'idempotency_conflict' } },
    });
  });

  it('creates and forks a session once, also after the server was killed', async () => {
    await using chat = await openChat(server);
    await chat.say('hello');
    await chat.waitForTurns(1);
    const frames = [
      { type: 'session.create', id: `create-${chat.sessionId}`, session: { title: 'Made once' } },
      { type: 'session.fork', id: `fork-${chat.sessionId}`, session_id: chat.sessionId, title: 'Made once' },
    ];
    const idsOf = async (socket: RawWebSocket) => {
      const answers = [];
      for (const frame of frames) answers.push(await socket.request(frame));
      return answers.map((answer) =>
        answer.type === 'reply' && 'session' in answer.result ? answer.result.session.id : answer,
      );
    };
    const first = await idsOf(chat.socket);
    await server.kill('SIGKILL');
    await server.restart();
    await using again = await connect();
    expect(await idsOf(again)).toEqual(first);
    const list = await server.fetch('/v1/sessions?search=Made%20once');
    expect(((await list.json()) as { data: unknown[] }).data).toHaveLength(2);
  });

  it('answers a create that is sent again as the first time, whatever the session has become', async () => {
    await using socket = await connect();
    const frame = { type: 'session.create', id: `create-${Date.now()}`, session: { title: 'As made' } };
    const first = await socket.request(frame);
    const sessionId = first.type === 'reply' && 'session' in first.result ? first.result.session.id : '';
    await using chat = await openChat(server, { sessionId });
    await chat.say('hello');
    await chat.waitForTurns(1);
    expect(await socket.request(frame)).toEqual(first);
  });

  it('makes one session for a create that is sent twice at once', async () => {
    await using socket = await connect();
    await using second = await connect();
    const frame = { type: 'session.create', id: `create-${Date.now()}`, session: { title: 'Once' } };
    const answers = await Promise.all([socket.request(frame), second.request(frame)]);
    const ids = answers.map((answer) =>
      answer.type === 'reply' && 'session' in answer.result ? answer.result.session.id : answer,
    );
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('reading along', () => {
  it('gives the text so far to whoever attaches in the middle of a message, then the rest', async () => {
    await using chat = await openChat(server);
    await chat.say('slow please');
    await chat.socket.waitFor(() => chat.socket.frames.filter((frame) => frame.type === 'preview').length > 20);
    await using late = await openChat(server, { sessionId: chat.sessionId });
    await late.waitForTurns(1);
    const [message] = late.eventsOf('agent.message');
    const previews = late.socket.frames.flatMap((frame) => (frame.type === 'preview' ? [frame.event] : []));
    expect(previews[0]).toMatchObject({ type: 'event_start', event: { id: message?.id } });
    const text = previews
      .flatMap((preview) => (preview.type === 'event_delta' ? [preview.delta.content.text] : []))
      .join('');
    expect(text).toBe(textsOf(late)[0]);
    expect(late.seqs).toEqual(late.seqs.map((_, index) => index + 1));
  });

  it('tells whoever follows a session that it was deleted, and nobody else', async () => {
    await using chat = await openChat(server);
    await using other = await openChat(server);
    expect((await server.fetch(`/v1/sessions/${chat.sessionId}`, { method: 'DELETE' })).status).toBe(200);
    await chat.socket.waitFor((frame) => frame.type === 'session.deleted');
    expect(chat.socket.frames.at(-1)).toEqual({ type: 'session.deleted', session_id: chat.sessionId });
    await other.socket.request({ type: 'session.detach', session_id: other.sessionId });
    expect(other.socket.frames.filter(({ type }) => type === 'session.deleted')).toEqual([]);
  });

  it('replays only what came after a seq', async () => {
    await using chat = await openFinished();
    await using late = await openChat(server, { sessionId: chat.sessionId, after: 3 });
    await late.socket.waitFor(() => late.seqs.length >= chat.seqs.length - 3);
    expect(late.seqs[0]).toBe(4);
  });

  it('begins at most as many events before the end as the client wants', async () => {
    await using chat = await openFinished();
    const last = chat.seqs.at(-1) ?? 0;
    const attach = (from: object) =>
      chat.socket.request({ type: 'session.attach', session_id: chat.sessionId, ...from });
    expect(await attach({ tail: 3 })).toMatchObject({ result: { first_seq: last - 2, last_seq: last } });
    expect(await attach({ tail: 3, after: last - 1 })).toMatchObject({ result: { first_seq: last } });
    expect(await attach({ tail: 0 })).toMatchObject({ result: { first_seq: last + 1 } });
    expect(await attach({ tail: 1000 })).toMatchObject({ result: { first_seq: 1 } });
    expect(await attach({ tail: -1 })).toMatchObject({ error: { type: 'invalid_request_error' } });
    await using late = await openChat(server, { sessionId: chat.sessionId, tail: 3 });
    await late.socket.waitFor(() => late.seqs.length === 3);
    expect(late.seqs).toEqual([last - 2, last - 1, last]);
  });

  it('lists events over HTTP, with paging', async () => {
    await using chat = await openFinished();
    const seqs: number[] = [];
    for (let page: string | null = ''; page !== null;) {
      const response = await server.fetch(
        `/v1/sessions/${chat.sessionId}/events?limit=3&extensions=true${page === '' ? '' : `&page=${page}`}`,
      );
      const body = (await response.json()) as { data: { seq: number }[]; next_page: string | null };
      seqs.push(...body.data.map((event) => event.seq));
      page = body.next_page;
    }
    expect(seqs).toEqual(chat.seqs);
  });
});

describe('the same frames over HTTP', () => {
  const post = (body: unknown, headers: Record<string, string> = { authorization: `Bearer ${server.apiKey}` }) =>
    fetch(`${server.url}/api/v1/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const readFrames = async (response: Response) =>
    (await response.text())
      .split('\n\n')
      .filter((part) => part.startsWith('data: '))
      .map((part) => JSON.parse(part.slice('data: '.length)) as ServerFrame);

  it('are answered in their order, each by itself, and the stream ends where nothing is followed', async () => {
    const response = await post({
      frames: [
        { type: 'ping', id: 'p1' },
        { type: 'session.explode', id: 'x1' },
        { type: 'session.create', id: `http-${Date.now()}` },
        17,
      ],
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const frames = await readFrames(response);
    expect(frames.map((frame) => [frame.type, 'id' in frame && frame.id])).toEqual([
      ['pong', 'p1'],
      ['error', 'x1'],
      ['reply', expect.stringMatching(/^http-/)],
      ['error', null],
    ]);
  });

  it('stay open for what is followed, and replay it', async () => {
    await using chat = await openFinished();
    const controller = new AbortController();
    const response = await server.fetch('/api/v1/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ frames: [{ type: 'session.attach', id: 'a1', session_id: chat.sessionId, tail: 2 }] }),
      signal: controller.signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.split('"type":"event"').length > 2) break;
    }
    controller.abort();
    expect(text).toMatch(/^: open\n\ndata: \{"type":"reply","id":"a1"/);
    expect(text).toContain(`"seq":${chat.seqs.at(-1)}`);
  });

  it('need a credential, and a cookie counts only from our own pages', async () => {
    expect((await post({ frames: [{ type: 'ping', id: 'p' }] }, {})).status).toBe(401);
    const signedIn = await fetch(`${server.url}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ api_key: server.apiKey }),
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const ping = { frames: [{ type: 'ping', id: 'p' }] };
    expect((await post(ping, { cookie, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(ping, { cookie, origin: server.url })).status).toBe(200);
  });

  it.each([[{}], [{ frames: [] }], [{ frames: 'ping' }], [[]]])('refuses the body %j', async (body) => {
    expect((await post(body)).status).toBe(400);
  });
});

describe('waking', () => {
  it('is answered for a session that may be seen, and for no other', async () => {
    await using chat = await openChat(server);
    expect(await chat.socket.request({ type: 'session.wake', session_id: chat.sessionId })).toMatchObject({
      type: 'reply',
      result: {},
    });
    expect(await chat.socket.request({ type: 'session.wake', session_id: 'sesn_unknown' })).toMatchObject({
      error: { type: 'not_found_error' },
    });
  });
});

describe('forking', () => {
  it('goes on from the end of a turn, and neither branch sees the other', async () => {
    await using chat = await openChat(server);
    await chat.say('first');
    await chat.waitForTurns(1);
    await chat.say('second');
    await chat.waitForTurns(2);
    const [first] = chat.eventsOf('user.message');
    const forked = await chat.socket.request({
      type: 'session.fork',
      session_id: chat.sessionId,
      after_event_id: first?.id,
      title: 'Branch',
    });
    if (forked.type !== 'reply' || !('session' in forked.result)) throw new Error(JSON.stringify(forked));

    await using branch = await openChat(server, { sessionId: forked.result.session.id });
    await branch.say('third');
    await branch.waitForTurns(2);
    const asked = model.requests.at(-1)?.conversation?.userTexts ?? [];
    expect(asked).toContain('first');
    expect(asked).toContain('third');
    expect(asked).not.toContain('second');
    expect(chat.eventsOf('user.message')).toHaveLength(2);
  });
});

describe('sessions over HTTP', () => {
  it('are created, renamed, found, archived and deleted', async () => {
    const post = (path: string, body: unknown) =>
      server.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const created = (await (await post('/v1/sessions', { title: 'Zebra crossing' })).json()) as { id: string };
    expect(created.id).toMatch(/^sesn_/);
    expect(
      await (await post(`/v1/sessions/${created.id}`, { title: 'Giraffe crossing', pinned: true })).json(),
    ).toMatchObject({ title: 'Giraffe crossing' });
    const list = async (query: string) =>
      ((await (await server.fetch(`/v1/sessions?${query}`)).json()) as { data: { id: string }[] }).data.map(
        ({ id }) => id,
      );
    expect(await list('search=giraffe')).toEqual([created.id]);
    await post(`/v1/sessions/${created.id}/archive`, {});
    expect(await list('search=giraffe')).toEqual([]);
    expect(await list('search=giraffe&include_archived=true')).toEqual([created.id]);
    expect(await (await server.fetch(`/v1/sessions/${created.id}`, { method: 'DELETE' })).json()).toEqual({
      id: created.id,
      type: 'session_deleted',
    });
    expect((await server.fetch(`/v1/sessions/${created.id}`)).status).toBe(404);
  });

  it('say that a body is too large also to whoever is still sending it', async () => {
    const body = JSON.stringify({ title: 'x'.repeat(8 * 1024 * 1024) });
    const headers = { 'content-type': 'application/json' };
    for (let time = 0; time < 20; time += 1) {
      const response = await server.fetch('/v1/sessions', { method: 'POST', headers, body });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { type: 'request_too_large' } });
    }
  });

  it('streams events as SSE from a seq on', async () => {
    await using chat = await openFinished();
    const controller = new AbortController();
    const response = await server.fetch(`/v1/sessions/${chat.sessionId}/events/stream?after=0`, {
      signal: controller.signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: session.status_idle')) break;
    }
    controller.abort();
    expect(text).toMatch(/event: user\.message\nid: \d+\ndata: \{/);
    expect(text).not.toContain('session.process_ready');
  });

  it('goes on where an EventSource broke off, which comes back to the address that it began with', async () => {
    await using chat = await openFinished();
    const path = `/v1/sessions/${chat.sessionId}/events/stream?after=0&extensions=true`;
    const controller = new AbortController();
    const init = { headers: { 'last-event-id': '3' }, signal: controller.signal };
    const response = await server.fetch(path, init);
    const first = await response.body?.getReader().read();
    controller.abort();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^: open\n\nevent: \S+\nid: 4\n/);
  });
});
