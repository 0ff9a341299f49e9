import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { CLOSE_SLOW_READER, type SessionResource } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import { createLastingAccess, NO_RATE_LIMIT } from '../entrance/fixtures/access-harness.ts';
import { openJournalHarness, toMessage } from '../../journal/fixtures/journal-harness.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { createPresence } from './presence.ts';
import { serveChatSocket } from './chat-socket.ts';
import { createOpenWork } from '../entrance/open-work.ts';

const MIB = 1024 * 1024;
/** What one client may have waiting, with the frame that crossed the line. */
const MOST_WAITING = 18 * MIB;

/** Real sockets in front of one real journal. */
async function serveJournal() {
  const harness = await openJournalHarness();
  const state = { subscriptions: 0 };
  const service: Pick<SessionService, 'attach'> = {
    async attach(_actor, _sessionId, { after, subscriber, onReady }) {
      onReady({ session: {} as SessionResource, last_seq: 0 });
      const subscription = harness.journal.subscribe(harness.sessionId, after, subscriber);
      state.subscriptions += 1;
      let open = true;
      return {
        close() {
          if (open) state.subscriptions -= 1;
          open = false;
          subscription.close();
        },
      };
    },
  };
  const access = createLastingAccess();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) =>
    serveChatSocket({
      socket,
      carrier: request.socket,
      sessions: service as SessionService,
      overview: { watch: () => () => undefined },
      presence: createPresence(),
      work: createOpenWork(),
      rate: NO_RATE_LIMIT,
      correlation: {},
      access: access.open(toTestActor('user_1')),
      logger: pino({ level: 'silent' }),
    }),
  );
  await once(server, 'listening');
  return {
    harness,
    state,
    /** Bytes that wait on the server, for the client that has most. */
    mostWaiting: () => Math.max(0, ...Array.from(server.clients, ({ bufferedAmount }) => bufferedAmount)),
    async connect(after = 0) {
      const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const seqs: number[] = [];
      const attached = Promise.withResolvers<void>();
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as { type: string; seq?: number };
        if (frame.type === 'reply') attached.resolve();
        if (frame.seq !== undefined) seqs.push(frame.seq);
      });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'session.attach', id: 'a', session_id: harness.sessionId, after }));
      await attached.promise;
      return { socket, seqs, closed };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index + 1);

it('gives a reader that fell too far behind up with 4008, while the one beside it gets every event as it comes', async () => {
  await using served = await serveJournal();
  const fast = await served.connect();
  const frozen = await served.connect();
  await served.harness.append(toMessage('first'));
  await until('both read along', () => fast.seqs.length === 1 && frozen.seqs.length === 1);

  frozen.socket.pause();
  const text = 'x'.repeat(MIB);
  let seq = 1;
  let mostWaiting = 0;
  // One at a time: each has reached the fast reader before the next is said, whatever waits for the frozen one.
  while (served.state.subscriptions === 2 && seq < 200) {
    seq += 1;
    await served.harness.append(toMessage(`sevt_${seq}`, text));
    await until('the fast one has it', () => fast.seqs.at(-1) === seq);
    mostWaiting = Math.max(mostWaiting, served.mostWaiting());
  }
  expect(served.state.subscriptions).toBe(1);
  expect(mostWaiting).toBeLessThan(MOST_WAITING);
  expect(fast.seqs).toEqual(range(0, seq));

  // It is kept no longer, though it has not read why yet.
  for (let more = 0; more < 5; more += 1) await served.harness.append(toMessage(`later_${more}`, text));
  await until('the fast one has all', () => fast.seqs.length === seq + 5);
  expect(served.mostWaiting()).toBeLessThan(MOST_WAITING);

  frozen.socket.resume();
  expect(await frozen.closed).toBe(CLOSE_SLOW_READER);
  expect(frozen.seqs).toEqual(range(0, frozen.seqs.length));

  const again = await served.connect(frozen.seqs.length);
  await until('it has the rest', () => again.seqs.at(-1) === seq + 5);
  expect(again.seqs).toEqual(range(frozen.seqs.length, seq + 5));
  for (const { socket } of [fast, again]) socket.terminate();
});

it('closes nobody for the length of a history, however slowly it is read', async () => {
  await using served = await serveJournal();
  await served.harness.append(...range(0, 40).map((n) => toMessage(`sevt_${n}`, 'x'.repeat(MIB))));
  const slow = await served.connect();
  slow.socket.pause();
  await until('the replay waits', () => served.mostWaiting() > MIB);
  expect(served.mostWaiting()).toBeLessThan(4 * MIB);
  slow.socket.resume();
  await until('it has all', () => slow.seqs.length === 40);
  expect(slow.seqs).toEqual(range(0, 40));
  slow.socket.terminate();
});
