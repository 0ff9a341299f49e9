import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { createBoundedFetch } from './bounded-fetch.ts';
import { createReadBudget, FloodError } from './read-budget.ts';

const NOTIFICATION = 'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';

async function startHttp(answer: RequestListener) {
  const http = createServer(answer).listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Sends notifications without end, as fast as they are taken. */
function flood(lineEnd: string, contentType: string): RequestListener {
  const block = `${NOTIFICATION}${lineEnd}${lineEnd}`.repeat(50);
  return (_, response) => {
    response.writeHead(200, { 'content-type': contentType });
    const write = () => {
      while (response.write(block));
      response.once('drain', write);
    };
    write();
  };
}

/** Its time passes by waiting alone. */
function createTestBudget() {
  let now = 0;
  const budget = createReadBudget({
    now: () => now,
    async wait(ms) {
      now += ms;
      await nextTurn();
    },
  });
  return { budget, seconds: () => now / 1000 };
}

describe('what a server sends', () => {
  it.each([
    ['LF', '\n', 'text/event-stream'],
    ['CR', '\r', 'text/event-stream'],
    ['CRLF', '\r\n', 'text/event-stream'],
    ['LF, under another type', '\n', 'text/plain'],
  ])('is read at a bounded rate, and ended when it floods for long (%s)', async (_, lineEnd, contentType) => {
    await using server = await startHttp(flood(lineEnd, contentType));
    const { budget, seconds } = createTestBudget();
    const floods: FloodError[] = [];
    const boundedFetch = createBoundedFetch({ budget, onFlood: (error) => floods.push(error) });
    const response = await boundedFetch(server.url);
    let events = 0;
    let atFirstWait = 0;
    const read = async () => {
      for await (const chunk of response.body ?? []) {
        events += Buffer.from(chunk).toString().split('list_changed').length - 1;
        if (seconds() === 0) atFirstWait = events;
      }
    };
    await expect(read()).rejects.toThrow(FloodError);
    expect(floods.length).toBeGreaterThan(0);
    expect(atFirstWait).toBeGreaterThan(500);
    expect(atFirstWait).toBeLessThan(1100);
    expect(events).toBeLessThan(1100 + 260 * seconds());
    expect(seconds()).toBeLessThan(70);
  });

  it('is read without a wait while it is no more than two large answers', async () => {
    const text = 'x'.repeat(7 * 1024 * 1024);
    await using server = await startHttp((request, response) => {
      const isStream = request.url === '/stream';
      response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
      response.end(isStream ? `data: ${text}\n\n` : text);
    });
    const { budget, seconds } = createTestBudget();
    const boundedFetch = createBoundedFetch({ budget, onFlood: () => undefined });
    expect(await (await boundedFetch(`${server.url}/json`)).text()).toHaveLength(text.length);
    expect(await (await boundedFetch(`${server.url}/stream`)).text()).toHaveLength(text.length + 8);
    expect(seconds()).toBe(0);
  });

  it('counts, so no more than 100 requests of it stay open without an answer', async () => {
    let asked = 0;
    await using server = await startHttp(() => (asked += 1));
    const { budget } = createTestBudget();
    const boundedFetch = createBoundedFetch({ budget, onFlood: () => undefined });
    const stop = new AbortController();
    const requests = Array.from({ length: 101 }, () => boundedFetch(server.url, { signal: stop.signal }));
    await expect(Promise.race(requests)).rejects.toThrow('more than 100 requests unanswered');
    stop.abort();
    const results = await Promise.allSettled(requests);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(101);
    expect(asked).toBeLessThanOrEqual(100);
  });
});
