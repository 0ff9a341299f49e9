import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { Pool } from 'undici';
import { expect, it } from 'vitest';

import { receiveAnswer } from './receive-answer.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** An upstream that sends these bytes at once for each request and ends the connection. */
async function callUpstream(bytes: string, signal: AbortSignal = new AbortController().signal) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { handler, answer } = receiveAnswer(signal);
  pool.dispatch({ method: 'GET', path: '/' }, handler);
  return {
    answer,
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      server.close();
    },
  };
}

it('gives all that arrived with the end of a connection that broke, then the error', async () => {
  await using call = await callUpstream(`${HEAD}${chunk('one half')}`);
  const { statusCode, body } = await call.answer;
  expect(statusCode).toBe(200);
  // Whoever is busy meanwhile loses nothing either.
  await new Promise((resolve) => setImmediate(resolve));
  expect(String((await body.next()).value)).toBe('one half');
  await expect(body.next()).rejects.toThrow();
});

it('holds back what its reader does not take, and gives it whole and in order', async () => {
  const pieces = Array.from({ length: 400 }, (_, n) => String(n).padStart(4, '0').repeat(256));
  await using call = await callUpstream(`${HEAD}${pieces.map(chunk).join('')}0\r\n\r\n`);
  const { body } = await call.answer;
  let text = '';
  for await (const piece of body) {
    text += String(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(text).toBe(pieces.join(''));
});

it('ends with the reason of its signal, before and behind the head', async () => {
  const reason = new Error('nobody waits');
  await using early = await callUpstream('', AbortSignal.abort(reason));
  await expect(early.answer).rejects.toBe(reason);

  const controller = new AbortController();
  await using late = await callUpstream(`${HEAD}${chunk('text')}`, controller.signal);
  const { body } = await late.answer;
  controller.abort(reason);
  await expect(body.next()).rejects.toBe(reason);
});

it('rejects when the connection ends without an answer', async () => {
  await using call = await callUpstream('');
  await expect(call.answer).rejects.toThrow();
});
