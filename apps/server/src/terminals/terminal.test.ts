import { PassThrough } from 'node:stream';

import { TERMINAL_WINDOW_BYTES } from '@claude-sdk-pattern/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { toTestActor } from '../access/fixtures/actor-harness.ts';
import type { HostedProcess } from '../hosts/host.ts';
import { createSessionTokens, type SessionTokens } from '../model-gateway/session-tokens.ts';
import { createScrollback } from './scrollback.ts';
import { createTerminalDoors } from './terminal-door.ts';
import { Terminal } from './terminal.ts';
import { Terminals, type TerminalPlace, type TerminalsDeps } from './terminals.ts';

const KIB = 1024;

it('keeps the newest bytes by their numbers, however they come and are read', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), fc.nat(), (sizes, at) => {
      const scrollback = createScrollback(100);
      const all = Buffer.from(Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, n) => n % 251));
      let end = 0;
      for (const size of sizes) scrollback.append(all.subarray(end, (end += size)));
      expect(scrollback.end).toBe(all.length);
      expect(scrollback.start).toBeLessThanOrEqual(Math.max(0, all.length - 100));
      expect(scrollback.end - scrollback.start).toBeLessThan(140);
      const from = scrollback.start + (at % (scrollback.end - scrollback.start + 1));
      expect(scrollback.read(from, 30)).toEqual(all.subarray(from, from + 30));
    }),
  );
});

/** Bytes that differ wherever one is lost or doubled. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, n) => n));
const expected = (from: number, to: number) =>
  Buffer.alloc(to - from + PATTERN.length, PATTERN)
    .subarray(from % PATTERN.length)
    .subarray(0, to - from);

/** A terminal of whose process only the output is looked at. */
function createWrittenTerminal() {
  const stdout = new PassThrough({ highWaterMark: 16 * KIB });
  const process = { id: 'p', stdin: new PassThrough(), stdout, once: () => undefined } as unknown as HostedProcess;
  const terminal = new Terminal(process, { uptimeMs: () => 0, onEnded: () => undefined });
  /** Writes as much of a text of ever different bytes as there is room for, and returns the number of bytes so far. */
  let written = 0;
  const flood = async (maxBytes: number) => {
    for (let idle = 0; written < maxBytes && idle < 3;) {
      if (stdout.writableNeedDrain) idle += 1;
      else {
        idle = 0;
        stdout.write(expected(written, written + 4 * KIB));
        written += 4 * KIB;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    return written;
  };
  return { terminal, flood };
}

function createReader() {
  const parts: Buffer[] = [];
  const resets: number[] = [];
  return {
    parts,
    resets,
    get bytes() {
      return parts.reduce((sum, { length }) => sum + length, 0);
    },
    send: (data: Buffer) => void parts.push(data),
    onReset: (position: number) => void resets.push(position),
    onEnded: () => undefined,
  };
}

it('stops reading its process while the only reader is slow, and goes on after the reader’s number, without loss', async () => {
  const { terminal, flood } = createWrittenTerminal();
  const reader = createReader();
  const attachment = terminal.attach(0, reader);
  const written = await flood(4 * 1024 * KIB);
  expect(reader.bytes).toBe(TERMINAL_WINDOW_BYTES);
  expect(written).toBeLessThan(TERMINAL_WINDOW_BYTES + 128 * KIB);
  attachment.ack(100 * KIB);
  const more = await flood(4 * 1024 * KIB);
  expect(reader.bytes).toBe(TERMINAL_WINDOW_BYTES + 100 * KIB);
  attachment.close();
  const again = createReader();
  const resumed = terminal.attach(100 * KIB, again);
  expect(resumed.position).toBe(100 * KIB);
  await flood(more + 4 * KIB);
  expect(Buffer.concat(again.parts)).toEqual(expected(100 * KIB, 100 * KIB + TERMINAL_WINDOW_BYTES));
});

it('goes on while somebody is fast, and tells the slow one what was left out', async () => {
  const { terminal, flood } = createWrittenTerminal();
  const [fast, slow] = [createReader(), createReader()];
  const attachments = [terminal.attach(0, fast), terminal.attach(0, slow)] as const;
  for (let n = 1; n <= 40; n += 1) {
    await flood(n * 64 * KIB);
    attachments[0].ack(fast.bytes);
  }
  expect(fast.resets).toEqual([]);
  expect(Buffer.concat(fast.parts)).toEqual(expected(0, 40 * 64 * KIB));
  expect(slow.bytes).toBe(TERMINAL_WINDOW_BYTES);
  attachments[1].ack(slow.bytes);
  const [reset = 0] = slow.resets;
  expect(reset).toBeGreaterThan(TERMINAL_WINDOW_BYTES);
  const rest = Buffer.concat(slow.parts).subarray(TERMINAL_WINDOW_BYTES);
  expect(rest).toEqual(expected(reset, reset + rest.length));
});

it('counts those that are being opened for their person', async () => {
  const recorded = Promise.withResolvers<void>();
  const terminals = new Terminals({
    host: {},
    audit: { record: () => recorded.promise },
    clock: { now: () => 0, uptimeMs: () => 0 },
    limits: { total: 9, perUser: 1, maxRssBytes: 1, idleMs: 1 },
  } as unknown as TerminalsDeps);
  const workspace = { hold: async () => ({ [Symbol.dispose]: () => undefined }) };
  const place = { sessionId: 'sesn_1', workspace } as unknown as TerminalPlace;
  const open = (user: string) => terminals.open(toTestActor(user), place, { columns: 80, rows: 24 });
  const first = open('ann');
  await expect(open('ann')).rejects.toThrow('You have 1 terminals open, and may have 1');
  expect(() => terminals.assertMayOpen(toTestActor('bob'))).not.toThrow();
  recorded.reject(new Error('There is no log'));
  await expect(first).rejects.toThrow('There is no log');
  expect(() => terminals.assertMayOpen(toTestActor('ann'))).not.toThrow();
});

/** Terminals of one session. Of their processes only what they are started with and their end is looked at. */
function createTerminals({ tokens, start }: { tokens: SessionTokens; start: (env: Record<string, string>) => object }) {
  const terminals = new Terminals({
    host: { start: ({ env }: { env: Record<string, string> }) => start(env) },
    ...{ audit: { record: async () => undefined }, clock: { now: () => 0, uptimeMs: () => 0 } },
    openDoor: createTerminalDoors({ tokens, gatewayUrl: 'http://127.0.0.1:1', path: '/bin', isLimited: false }),
    limits: { total: 9, perUser: 9, maxRssBytes: 1, idleMs: 1 },
  } as unknown as TerminalsDeps);
  const workspace = { dirs: { home: '/agent/home' }, hold: async () => ({ [Symbol.dispose]: () => undefined }) };
  const place = { sessionId: 'sesn_1', ownerId: 'ann', workspace } as unknown as TerminalPlace;
  return { terminals, open: () => terminals.open(toTestActor('bob'), place, { columns: 80, rows: 24 }) };
}

const createProcess = (end = Promise.resolve<object>({ cause: 'asked', code: null, stderrTail: '' })) => ({
  ...{ id: 'p', stdin: new PassThrough(), stdout: new PassThrough(), once: () => undefined, end: () => end },
});

it('takes the token for git away as soon as a terminal is to end, however long its process takes, and where none starts', async () => {
  const tokens = createSessionTokens();
  const end = Promise.withResolvers<object>();
  const given: string[] = [];
  const { terminals, open } = createTerminals({
    tokens,
    start: ({ CSP_GIT_TOKEN: token = '' }) => {
      given.push(token);
      if (given.length === 1) throw new Error('No process can be started');
      return createProcess(end.promise);
    },
  });
  const findHolder = (at: number) => tokens.find(given[at] ?? '')?.holder;
  await expect(open()).rejects.toThrow('No process can be started');
  expect(findHolder(0)).toBeUndefined();
  await open();
  expect(findHolder(1)).toMatchObject({ sessionId: 'sesn_1', terminal: { userId: 'bob' } });
  terminals.endWhere(() => 'rights');
  expect(findHolder(1)).toBeUndefined();
  end.resolve({ cause: 'asked', code: null, stderrTail: '' });
  await terminals.closeAll();
});

it('knows who has typed since it was asked, also while the terminal is open', async () => {
  const { terminals, open } = createTerminals({ tokens: createSessionTokens(), start: () => createProcess() });
  const { terminal } = await open();
  expect(terminals.takeUsers('sesn_1')).toEqual({ typed: [], open: ['bob'] });
  await terminal.type(Buffer.from('rm a.txt\n'));
  expect(terminals.takeUsers('sesn_1')).toEqual({ typed: ['bob'], open: ['bob'] });
  expect(terminals.takeUsers('sesn_1')).toEqual({ typed: [], open: ['bob'] });
  await terminals.closeAll();
});
