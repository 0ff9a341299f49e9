import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { until } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { openJournalHarness, toDelta, toMessage, toStart } from '../../journal/fixtures/journal-harness.ts';
import { createSendQueue } from './send-queue.ts';
import { createSessionAttachment } from './session-attachment.ts';

const MIB = 1024 * 1024;

/** A socket whose peer reads when it is told to. */
function createManualSocket() {
  const sent: string[] = [];
  const unread: (() => void)[] = [];
  const state = { overflows: 0 };
  const queue = createSendQueue(
    {
      send(data, done) {
        sent.push(data.toString());
        unread.push(() => done());
      },
    },
    { onOverflow: () => void (state.overflows += 1) },
  );
  return { queue, sent, state, read: (count = 1) => unread.splice(0, count).forEach((done) => done()) };
}

const frameOf = (bytes: number) => ({ text: 'x'.repeat(bytes) });
const isSettled = async (promise: Promise<void>) =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => void setImmediate(() => resolve(false)))]);

describe('the send queue', () => {
  it('leaves previews out while much waits, and sends them again when it has gone', () => {
    const { queue, sent, read } = createManualSocket();
    expect(queue.sendIfWritable({ type: 'preview' })).toBe(true);
    queue.send(frameOf(MIB / 2));
    expect(queue.sendIfWritable({ type: 'preview' })).toBe(false);
    read(2);
    expect(queue.sendIfWritable({ type: 'preview' })).toBe(true);
    expect(sent).toHaveLength(3);
  });

  it('is writable while little waits, and again when enough has gone', async () => {
    const { queue, read } = createManualSocket();
    expect(await isSettled(queue.waitUntilWritable())).toBe(true);
    queue.send(frameOf(MIB));
    queue.send(frameOf(MIB));
    const writable = queue.waitUntilWritable();
    expect(await isSettled(writable)).toBe(false);
    read();
    expect(await isSettled(writable)).toBe(false);
    read();
    expect(await isSettled(writable)).toBe(true);
  });

  it('counts bytes, not characters', () => {
    const { queue } = createManualSocket();
    queue.send({ text: '語'.repeat(100 * 1024) });
    expect(queue.sendIfWritable({})).toBe(false);
  });

  it('gives up a client with far too much waiting, once, and sends it nothing more', () => {
    const { queue, sent, state } = createManualSocket();
    for (let n = 0; n < 40; n += 1) queue.send(frameOf(MIB));
    expect(state.overflows).toBe(1);
    expect(sent.length).toBeLessThan(34);
  });

  it('sends what must not be left out in its order, whatever the reader does', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('send' as const), kib: fc.nat({ max: 300 }) }),
      fc.record({ do: fc.constant('preview' as const) }),
      fc.record({ do: fc.constant('read' as const), count: fc.nat({ max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(action), (actions) => {
        const { queue, sent, read } = createManualSocket();
        const expected: number[] = [];
        for (const [index, each] of actions.entries()) {
          if (each.do === 'read') read(each.count);
          else if (each.do === 'preview') queue.sendIfWritable({ preview: index });
          else {
            queue.send({ index, text: 'x'.repeat(each.kib * 1024) });
            expected.push(index);
          }
        }
        const indexes = sent.map((data) => (JSON.parse(data) as { index?: number }).index);
        expect(indexes.filter((index) => index !== undefined)).toEqual(expected);
      }),
    );
  });
});

describe('a session attached to a WebSocket', () => {
  it('sends nothing more of a preview of which a part was left out, until its event', async () => {
    const { queue, sent, read } = createManualSocket();
    const attachment = createSessionAttachment('sesn_1', queue);
    attachment.onPreview(toStart('a'));
    queue.send(frameOf(MIB));
    attachment.onPreview(toDelta('a', 'lost'));
    attachment.onPreview(toStart('b'));
    read(9);
    attachment.onPreview(toDelta('a', 'without its beginning'));
    attachment.onPreview(toDelta('b', 'without its start'));
    const event = toMessage('a');
    attachment.onEvents([{ seq: 1, id: event.id, type: event.type, json: JSON.stringify(event), event }]);
    attachment.onPreview(toStart('c'));
    const frames = sent.map((data) => JSON.parse(data) as { type?: string; event?: { type: string } });
    expect(frames.map((frame) => [frame.type, frame.event?.type])).toEqual([
      ['preview', 'event_start'],
      [undefined, undefined],
      ['event', 'agent.message'],
      ['preview', 'event_start'],
    ]);
  });

  it('names the session when its journal cannot be read', () => {
    const { queue, sent } = createManualSocket();
    createSessionAttachment('sesn_1', queue).onFailure(new Error('select password from users'));
    expect(JSON.parse(sent[0] ?? '')).toMatchObject({
      type: 'error',
      id: null,
      error: { details: { session_id: 'sesn_1' } },
    });
    expect(sent[0]).not.toContain('password');
  });

  it('replays more than may wait, to a client that takes its time', async () => {
    await using harness = await openJournalHarness();
    const text = 'x'.repeat(MIB);
    for (let n = 1; n <= 48; n += 1) await harness.append(toMessage(`sevt_${n}`, text));
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    let overflows = 0;
    server.on('connection', (socket) => {
      const queue = createSendQueue(socket, { onOverflow: () => void (overflows += 1) });
      harness.journal.subscribe(harness.sessionId, 0, createSessionAttachment('sesn_1', queue));
    });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const seqs: number[] = [];
    client.on('message', (data: Buffer) => {
      seqs.push((JSON.parse(String(data)) as { seq: number }).seq);
      client.pause();
      setImmediate(() => client.resume());
    });
    await until('all of it', () => seqs.length === 48);
    expect(seqs).toEqual(Array.from({ length: 48 }, (_, index) => index + 1));
    expect(overflows).toBe(0);
    client.terminate();
    server.close();
  });
});
