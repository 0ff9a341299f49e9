import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { ErrorCode, McpError, ResultSchema, UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js';
import { findFreePort, until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { toMcpToolName } from '../../definitions/mcp-tool-name.ts';
import { SECRET, startMcpFixture } from './fixtures/mcp-harness.ts';
import { openRelay as openRelayTo } from './fixtures/relay-harness.ts';
import { createHttpLink } from './http-links.ts';
import type { McpRelayOptions } from './mcp-relay-options.ts';
import { FloodError, type ReadBudget } from './read-budget.ts';

/** A relay to a server over streamable HTTP. */
function openRelay(url: string, options: Partial<McpRelayOptions> = {}) {
  return openRelayTo({ ...options, openLink: (link) => Promise.resolve(createHttpLink({ url, headers: {} }, link)) });
}

const FORM = {
  message: 'What is your name?',
  requestedSchema: { type: 'object' as const, properties: { name: { type: 'string' as const } } },
};

const shown = (tool: string) => toMcpToolName({ server: 'docs', tool }).replace('mcp__docs__', '');

describe('the status of a server', () => {
  it('tells its tools by their own names, why it is not there and when it is tried again', async () => {
    const port = await findFreePort();
    await using relay = await openRelay(`http://127.0.0.1:${port}/mcp`);
    await until('it has failed', () => relay.relay.status.state === 'failed');
    expect(relay.relay.status).toMatchObject({ problem: expect.stringContaining('ECONNREFUSED') as string, tools: [] });
    expect(relay.relay.status.retryInMs).toBeLessThanOrEqual(60_000);
    await using server = await startMcpFixture({ port, pages: [['a.b']] });
    relay.relay.reconnect();
    await until('it is there', () => relay.relay.status.state === 'ready');
    expect(relay.relay.status).toMatchObject({ problem: undefined, retryInMs: undefined, tools: [{ name: 'a.b' }] });
    await relay.call(shown('a.b'));
    expect(server.calls).toHaveLength(1);
  });

  it('is that of a new connection when somebody asks for one, whatever the old one does', async () => {
    await using server = await startMcpFixture({
      call: (_, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ content: [] }))),
    });
    const told: string[] = [];
    const use = {
      ...{ beginCall: () => (outcome: string) => void told.push(outcome), noteEnd: () => void told.push('ended') },
      ...{ noteStart: (outcome: string) => void told.push(outcome), noteClosed: () => void told.push('closed') },
    };
    await using relay = await openRelay(server.url, { use });
    await relay.listTools();
    const call = relay.call('echo');
    await until('it runs', () => server.calls.length === 1);
    relay.relay.reconnect();
    await call.catch(() => undefined);
    await until('it is there again', () => relay.relay.status.state === 'ready');
    expect(told.toSorted()).toEqual(['closed', 'connected', 'connected', expect.stringMatching(/error|failed/)]);
    expect(await relay.listTools()).toEqual(['echo']);
  });
});

it('says of a server that answers 401 that somebody has to sign in', async () => {
  await using server = await startMcpFixture({
    intercept(_, response) {
      response.writeHead(401).end();
      return true;
    },
  });
  await using relay = await openRelay(server.url);
  await until('it has answered', () => relay.relay.status.state === 'needs_sign_in');
  expect(relay.relay.status.problem).toContain('it answered with HTTP status 401');
});

describe('the tools of a server', () => {
  it('are all served, also two whose names are equal once cleaned, and people are told', async () => {
    await using server = await startMcpFixture({ pages: [['a.b', 'plain'], ['a_b']] });
    await using relay = await openRelay(server.url);
    expect(await relay.listTools()).toEqual([shown('a.b'), 'plain', 'a_b']);
    expect(relay.texts()).toEqual([expect.stringContaining(`“a.b” as ${shown('a.b')} and “a_b” as a_b`)]);
    await relay.call('a_b');
    await relay.call(shown('a.b'));
    expect(server.calls.map(({ name }) => name)).toEqual(['a_b', 'a.b']);
    expect(relay.relay.findOriginal(`mcp__docs__${shown('a.b')}`)).toBe('a.b');
    expect(relay.relay.facts).toEqual(relay.notices);
  });

  it('that were read stay when a later page fails', async () => {
    await using server = await startMcpFixture({ pages: [['one'], new Error('the shelf is empty')] });
    await using relay = await openRelay(server.url);
    expect(await relay.listTools()).toEqual(['one']);
    expect(relay.texts()).toEqual([expect.stringContaining('page 2 of its tools failed: the shelf is empty')]);
  });

  it('are no more than can be read and passed on at once, and people are told', async () => {
    const description = 'x'.repeat(3 * 1024 * 1024);
    await using server = await startMcpFixture({ pages: [['one'], ['two'], ['three']], description });
    await using relay = await openRelay(server.url);
    // On a busy machine 6 MB take longer than a first list waits.
    await until('they are read', async () => (await relay.listTools()).length > 0);
    expect(await relay.listTools()).toEqual(['one', 'two']);
    expect(relay.texts()).toContainEqual(expect.stringContaining('its tools are described with more than 8 MB'));
  });

  it('are read again by themselves while some are missing, also when the server says meanwhile that they changed', async () => {
    const pages = [['one'], new Error('the shelf is empty')];
    const listening = Promise.withResolvers<void>();
    await using server = await startMcpFixture({
      pages,
      intercept({ method }) {
        if (method === 'GET') listening.resolve();
        return false;
      },
    });
    await using relay = await openRelay(server.url);
    await listening.promise;
    // By its answer the server serves what was asked before.
    await relay.call('one');
    pages[0] = ['one', 'two'];
    await server.servers[0]?.sendToolListChanged();
    await until('they are read', async () => (await relay.listTools()).length === 2);
    pages[1] = ['three'];
    await until('the missing one is there', async () => (await relay.listTools()).length === 3);
    expect(relay.relay.facts).toEqual([]);
  });

  it('are read again when the server says that they have changed', async () => {
    const pages = [['one']];
    await using server = await startMcpFixture({ pages });
    await using relay = await openRelay(server.url);
    pages[0] = ['one', 'two'];
    await until('it is connected', () => server.servers.length === 1);
    await until('they are read', async () => {
      await server.servers[0]?.sendToolListChanged();
      return (await relay.listTools()).length === 2;
    });
    expect(await relay.listTools()).toEqual(['one', 'two']);
  });
});

it('shows no name or question of a server that hides something', async () => {
  const hidden = 'pay\u202e10';
  await using server = await startMcpFixture({
    pages: [[hidden, 'pay_10']],
    async call(_, { server: asking }) {
      const message = `Yes?\n${' '.repeat(300)}\u200bNo`;
      await asking.elicitInput({ mode: 'url', message, elicitationId: 'e', url: 'data:text/plain,x' });
      return { content: [] };
    },
  });
  await using relay = await openRelay(server.url);
  expect(await relay.listTools()).toEqual([shown(hidden), 'pay_10']);
  expect(relay.relay.findOriginal(toMcpToolName({ server: 'docs', tool: hidden }))).toBeUndefined();
  await relay.call(shown(hidden));
  expect(server.calls.map(({ name }) => name)).toEqual([hidden]);
  expect(relay.texts()).toEqual([
    expect.stringContaining(`“pay[U+202E]10” as ${shown(hidden)}`),
    expect.stringContaining('asks: “Yes? [U+200B]No”'),
  ]);
});

describe('a server that is not there', () => {
  it('is named at once, and its tools come when it is', async () => {
    const port = await findFreePort();
    await using relay = await openRelay(`http://127.0.0.1:${port}/mcp`);
    expect(await relay.listTools()).toEqual([]);
    expect(relay.texts()).toEqual([expect.stringMatching(/^The MCP server docs cannot be reached: .*ECONNREFUSED/)]);
    const early = await relay.call('echo').catch((error: unknown) => String(error));
    expect(early).toContain('There is no tool echo');
    await using server = await startMcpFixture({ port });
    await until('its tools are there', () => relay.changes === 1);
    expect(await relay.listTools()).toEqual(['echo']);
    expect(await relay.call('echo')).toMatchObject({ content: [{ text: 'echo was called' }] });
    expect(relay.notices.at(-1)).toMatchObject({ level: 'info', text: expect.stringContaining('can be reached now') });
    expect(relay.relay.facts).toEqual([]);
    expect(server.calls).toHaveLength(1);
  });

  it('holds nobody up when it does not answer', async () => {
    const { promise: later, resolve: answer } = Promise.withResolvers<boolean>();
    await using server = await startMcpFixture({ intercept: () => later });
    await using relay = await openRelay(server.url);
    expect(await relay.listTools()).toEqual([]);
    expect(relay.texts()).toEqual([]);
    await until('people hear of it', () => relay.notices.length > 0);
    expect(relay.texts()).toEqual([expect.stringContaining('has not answered yet')]);
    answer(false);
    await until('its tools are there', () => relay.changes === 1);
    expect(await relay.listTools()).toEqual(['echo']);
    expect(relay.notices.at(-1)).toMatchObject({ level: 'info', text: expect.stringContaining('can be reached now') });
  });

  it('is not spoken of when its tools come a little after the CLI was answered without them', async () => {
    const { promise: later, resolve: answer } = Promise.withResolvers<boolean>();
    await using server = await startMcpFixture({ intercept: () => later });
    await using relay = await openRelay(server.url);
    expect(await relay.listTools()).toEqual([]);
    answer(false);
    await until('its tools are there', () => relay.changes === 1);
    expect(relay.texts()).toEqual([]);
  });

  it('is closed at once while it does not answer that the connection is made', async () => {
    const asked = Promise.withResolvers<void>();
    await using server = await startMcpFixture({
      intercept({ method, headers }) {
        if (method !== 'POST' || headers['mcp-session-id'] === undefined) return false;
        asked.resolve();
        return new Promise<never>(() => undefined);
      },
    });
    await using relay = await openRelay(server.url);
    await asked.promise;
    await relay.relay.close();
    expect(relay.texts()).toEqual([]);
  });

  const end = (response: ServerResponse, status: number, type: string, body: string) => {
    response.writeHead(status, { 'content-type': type }).end(body);
    return true;
  };
  it.each([
    ['refuses', (response: ServerResponse) => end(response, 401, 'text/plain', SECRET), 'HTTP status 401'],
    ['fails', (response: ServerResponse) => end(response, 500, 'text/plain', SECRET), 'HTTP status 500'],
    ['answers a page', (response: ServerResponse) => end(response, 200, 'text/html', SECRET), 'no MCP message'],
    ['answers garbage', (response: ServerResponse) => end(response, 200, 'application/json', SECRET), 'not JSON'],
    [
      'answers without end',
      (response: ServerResponse) => end(response, 200, 'application/json', `"${'x'.repeat(9 * 1024 * 1024)}"`),
      'more than 8388608 bytes',
    ],
    [
      'sends an event without end',
      (response: ServerResponse) => end(response, 200, 'text/event-stream', `data: ${'x'.repeat(9 * 1024 * 1024)}`),
      'has not answered yet',
    ],
  ])('is named with what it does when it %s', async (_, answer, reason) => {
    await using server = await startMcpFixture({ intercept: (_request, response) => answer(response) });
    await using relay = await openRelay(server.url);
    expect(await relay.listTools()).toEqual([]);
    await until('people hear of it', () => relay.notices.length > 0);
    expect(relay.texts()[0]).toContain(reason);
    expect(relay.texts().join()).not.toContain(SECRET);
  });

  it('is left alone where the network is limited, and people are told why', async () => {
    let requests = 0;
    await using server = await startMcpFixture({ intercept: () => (requests += 1) < 0 });
    await using relay = await openRelay(server.url, { refusal: 'the network is limited' });
    expect(await relay.listTools()).toEqual([]);
    expect(relay.texts()).toEqual([expect.stringContaining('is not used: the network is limited')]);
    expect(requests).toBe(0);
  });
});

describe('a call', () => {
  it('is not made unless it was decided', async () => {
    await using server = await startMcpFixture();
    const asked: unknown[] = [];
    await using relay = await openRelay(server.url, { takePermit: (call) => asked.push(call) > 1 });
    await relay.listTools();
    await expect(relay.call('echo')).rejects.toThrow('was not decided');
    expect(server.calls).toEqual([]);
    expect(await relay.call('echo')).toMatchObject({ content: [{ text: 'echo was called' }] });
    expect(asked[0]).toEqual({ toolName: 'mcp__docs__echo', input: {} });
    const other = relay.client.request({ method: 'tasks/list' }, ResultSchema);
    await expect(other).rejects.toThrow('tasks/list is not passed on');
  });

  it('is made once, over a new connection where the server has forgotten the old one', async () => {
    await using server = await startMcpFixture();
    await using relay = await openRelay(server.url);
    await relay.listTools();
    await server.forget();
    const answers = await Promise.all([relay.call('echo'), relay.call('echo')]);
    expect(answers).toMatchObject([
      { content: [{ text: 'echo was called' }] },
      { content: [{ text: 'echo was called' }] },
    ]);
    expect(server.calls).toHaveLength(2);
    expect(server.servers).toHaveLength(1);
  });

  it('ends at the server when it is given up here', async () => {
    await using server = await startMcpFixture({
      call: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
    });
    await using relay = await openRelay(server.url);
    const stop = new AbortController();
    const called = relay.client.callTool({ name: 'echo' }, undefined, { signal: stop.signal }).catch(() => 'stopped');
    await until('it runs', () => server.calls.length === 1);
    stop.abort();
    expect(await called).toBe('stopped');
    await until('the server has stopped it', () => server.cancelled.length === 1);
  });

  it('answers with the reason when the server has gone', async () => {
    const server = await startMcpFixture();
    await using relay = await openRelay(server.url);
    await relay.listTools();
    await server[Symbol.asyncDispose]();
    const answer = await relay.call('echo');
    expect(answer).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('docs cannot be reached') }],
    });
  });

  it('in which the server asks the user something waits for the answer, and is not made to wait once it has ended', async () => {
    const actions: string[] = [];
    let isOver = false;
    await using server = await startMcpFixture({
      async call(_, { server: asking }) {
        if (isOver) void asking.elicitInput(FORM).catch(() => undefined);
        else actions.push((await asking.elicitInput(FORM)).action);
        return { content: [] };
      },
    });
    const asked: { message: string; signal: AbortSignal }[] = [];
    const elicit: McpRelayOptions['elicit'] = ({ message }, signal) => {
      asked.push({ message, signal });
      if (!isOver) return Promise.resolve({ action: 'accept', content: { name: 'Ann' } });
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ action: 'cancel' })));
    };
    await using relay = await openRelay(server.url, { elicit });
    await relay.call('echo');
    expect(actions).toEqual(['accept']);
    isOver = true;
    await relay.call('echo');
    await until('the question is withdrawn', () => asked[1]?.signal.aborted !== false);
    expect(asked[0]?.message).toBe('What is your name?');
    expect(relay.notices).toEqual([]);
  });

  it('brings people only so many questions, also where the server gives them up, and one notice of the others', async () => {
    await using server = await startMcpFixture({
      async call(_, { server: asking }) {
        for (let asked = 0; asked < 40; asked += 1) await asking.elicitInput(FORM);
        return { content: [] };
      },
    });
    let asked = 0;
    await using relay = await openRelay(server.url, {
      elicit() {
        asked += 1;
        return Promise.resolve({ action: 'cancel' });
      },
    });
    await relay.call('echo');
    expect(asked).toBe(20);
    expect(relay.texts()).toEqual([expect.stringContaining('it has asked too much')]);
    await relay.call('echo');
    expect(asked).toBe(30);
    expect(relay.texts()).toHaveLength(2);
  });

  describe('that the server refuses until people have been on a page', () => {
    const page = (elicitationId: string) => ({
      ...({ mode: 'url', message: 'Sign in', elicitationId, url: 'https://login.example.com/a' } as const),
    });
    /** They are done with the pages when they have been asked to open both. */
    const openRefusing = async (action: 'accept' | 'decline', { tellsDone }: { tellsDone: boolean }) => {
      const asked: unknown[] = [];
      const server = await startMcpFixture({
        async call() {
          if (asked.length > 1) return { content: [{ type: 'text', text: 'ran' }] };
          throw new UrlElicitationRequiredError([page('e1'), page('e2')]);
        },
      });
      const elicit: McpRelayOptions['elicit'] = async (question) => {
        asked.push(question);
        if (tellsDone) await server.servers[0]?.createElicitationCompletionNotifier(`e${asked.length}`)();
        return { action };
      };
      const never = 2 ** 30;
      const pagePauseMs = tellsDone ? never : 1;
      const relay = await openRelay(server.url, { elicit, pagePauseMs });
      const close = async () => {
        await relay[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      };
      return { server, relay, asked, [Symbol.asyncDispose]: close };
    };

    it.each([{ tellsDone: true }, { tellsDone: false }])(
      'is made again when they are done, also where the server does not say so, and they are asked once: %o',
      async (how) => {
        await using refusing = await openRefusing('accept', how);
        const { server, relay, asked } = refusing;
        expect(await relay.call('echo')).toMatchObject({ content: [{ text: 'ran' }] });
        const question = { server: 'docs', message: 'Sign in', mode: 'url', url: 'https://login.example.com/a' };
        expect(asked).toEqual([question, question]);
        expect(server.calls).toHaveLength(2);
      },
    );

    it('is not made again where they do not open it, and the agent is told', async () => {
      await using refusing = await openRefusing('decline', { tellsDone: false });
      const { server, relay, asked } = refusing;
      expect(await relay.call('echo')).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('The user has not opened the page that docs requires') }],
      });
      expect([asked.length, server.calls.length]).toEqual([1, 1]);
    });

    it('fails as the server says where it names no page that can be shown', async () => {
      await using server = await startMcpFixture({
        call: () => Promise.reject(new McpError(ErrorCode.UrlElicitationRequired, 'Go on', { elicitations: [] })),
      });
      await using relay = await openRelay(server.url);
      await expect(relay.call('echo')).rejects.toThrow('Go on');
    });
  });

  it('is the only time when people are asked, and only for web pages', async () => {
    const actions: string[] = [];
    await using server = await startMcpFixture({
      async call(_, { server: asking }) {
        const link = { mode: 'url', message: 'Open', elicitationId: 'e' } as const;
        for (const url of ['file:///etc/passwd', 'https://a:b@example.com'])
          actions.push((await asking.elicitInput({ ...link, url })).action);
        return { content: [] };
      },
    });
    await using relay = await openRelay(server.url);
    await relay.call('echo');
    actions.push((await server.servers[0]?.elicitInput(FORM))?.action ?? '');
    expect(actions).toEqual(['decline', 'decline', 'decline']);
    expect(relay.texts()).toEqual([
      expect.stringContaining('it wants to open something that is no web page'),
      expect.stringContaining('the address of its page holds a password'),
      expect.stringMatching(/asks: “What is your name\?”.*no call of its tools runs/),
    ]);
  });
});

describe('a server that floods', () => {
  it('gets the newest progress passed on now and then, the last one before the result, and others are served', async () => {
    const sent = 1500;
    await using server = await startMcpFixture({
      async call(_, { tellProgress }) {
        for (let progress = 1; progress <= sent; progress += 1) {
          await tellProgress(progress);
          if (progress % 50 === 0) await nextTurn();
        }
        return { content: [{ type: 'text', text: 'done' }] };
      },
    });
    await using other = await startMcpFixture();
    await using relay = await openRelay(server.url);
    await using otherRelay = await openRelay(other.url);
    await Promise.all([relay.listTools(), otherRelay.listTools()]);
    const told: number[] = [];
    const state = { isDone: false, answered: 0 };
    const call = relay.client
      .callTool({ name: 'echo' }, undefined, { onprogress: ({ progress }) => told.push(progress) })
      .finally(() => (state.isDone = true));
    while (!state.isDone) {
      await otherRelay.call('echo');
      state.answered += 1;
    }
    expect(await call).toMatchObject({ content: [{ text: 'done' }] });
    expect(told[0]).toBe(1);
    expect(told.at(-1)).toBe(sent);
    expect(told.length).toBeLessThan(sent / 10);
    expect(state.answered).toBeGreaterThan(5);
  });

  it('for long is left, and named with what to do', async () => {
    let isFlooding = false;
    const budget: ReadBudget = {
      async take() {
        if (isFlooding) throw new FloodError();
      },
    };
    const stop = Promise.withResolvers<void>();
    await using server = await startMcpFixture({
      async call(_, { tellProgress }) {
        isFlooding = true;
        await tellProgress(1);
        await stop.promise;
        return { content: [] };
      },
    });
    await using relay = await openRelay(server.url, { budget });
    await relay.listTools();
    const answer = await relay.call('echo');
    stop.resolve();
    const reason = expect.stringContaining(
      'The MCP server docs cannot be reached: it sent more messages than are read',
    );
    expect(answer).toMatchObject({ isError: true, content: [{ text: reason }] });
    expect(relay.texts()).toEqual([reason]);
    expect(relay.relay.facts).toHaveLength(1);
  });
});
