import { expect, it } from 'vitest';

import type { AuditCheckpoint } from '../store/audit.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createAuditLog } from './audit-log.ts';
import { createCheckpointSigner } from './checkpoint.ts';
import { SYSTEM, type Fact } from './fact.ts';
import { createSignInRecorder } from './sign-in-recorder.ts';
import { verifyStore } from './verify-store.ts';

const SECRETS_KEY = 'the secrets key of this deployment';
const trustedKeys = new Set([createCheckpointSigner(SECRETS_KEY).publicKey]);
const DAY_MS = 24 * 60 * 60 * 1000;

const fact = (number: number): Fact => ({
  ...{ actor: SYSTEM, action: 'session.create', target: { type: 'session', id: `sesn_${number}` } },
});

/** A log on the store, with time and a data directory that the test holds. */
function createLog(store: Store, given: { retentionDays?: number; anchor?: { noted: unknown } } = {}) {
  const { retentionDays = 0, anchor = { noted: undefined } } = given;
  let nowMs = Date.parse('2026-02-01T12:00:00.000Z');
  const repeats: (() => void)[] = [];
  const clock = { now: () => nowMs };
  const log = createAuditLog({
    ...{ store, clock, retentionDays, secretsKey: SECRETS_KEY, logger: createLogger({ level: 'silent' }) },
    anchor: { read: async () => anchor.noted, write: async (value) => void (anchor.noted = value) },
    timers: {
      after: () => () => undefined,
      every: (_ms, run) => {
        repeats.push(run);
        return () => undefined;
      },
    },
  });
  const advance = (ms: number) => (nowMs += ms);
  return { log, clock, anchor, advance, repeats };
}

const openMemory = () => openStore({ url: 'sqlite::memory:' });

it('chains what was recorded, in order, and notes how far the log reaches', async () => {
  await using store = await openMemory();
  const { log, anchor } = createLog(store);
  await log.start();
  for (const number of [1, 2, 3]) await log.record(fact(number));
  const entries = await log.list({ limit: 10, order: 'asc' });
  expect(entries.map(({ seq, target }) => [seq, target.id])).toEqual([
    ...[
      [1, 'sesn_1'],
      [2, 'sesn_2'],
      [3, 'sesn_3'],
    ],
  ]);
  expect(entries[1]?.prevHash).toBe(entries[0]?.hash);
  expect((anchor.noted as AuditCheckpoint).hash).toBe(entries[2]?.hash);
  expect(await verifyStore(store, { trustedKeys })).toMatchObject({ fault: undefined, firstSeq: 1, lastSeq: 3 });
});

it('keeps what a killed server had recorded, for whoever chains next', async () => {
  await using store = await openMemory();
  const killed = createLog(store);
  await store.transaction((transaction) => killed.log.record(fact(1), transaction));
  const next = createLog(store);
  await next.log.start();
  await next.log.close();
  expect(await store.audit.findLastSeq()).toBe(1);
});

it('chains by more than one transaction, and for two servers at once, without gaps', async () => {
  await using store = await openMemory();
  const [one, other] = [createLog(store), createLog(store)];
  await Promise.all(Array.from({ length: 450 }, (_, number) => (number % 2 ? one : other).log.record(fact(number))));
  await Promise.all([one.log.close(), other.log.close()]);
  expect(await verifyStore(store, { trustedKeys })).toMatchObject({ fault: undefined, lastSeq: 450 });
});

it('finds entries that were cut off together with their checkpoint, and says so in the log from then on', async () => {
  await using store = await openMemory();
  const { log, anchor } = createLog(store);
  await log.record(fact(1));
  await log.list({ limit: 1 });
  const before = await store.audit.findCheckpoint('head');
  await log.record(fact(2));
  await log.close();
  await store.database.deleteFrom('audit_entries').where('seq', '=', 2).execute();
  await store.database.deleteFrom('audit_checkpoints').where('seq', '=', 2).execute();
  expect((await verifyStore(store, { trustedKeys })).fault).toBeUndefined();
  const noted = anchor.noted as AuditCheckpoint;
  const { fault } = await verifyStore(store, { trustedKeys, anchor: noted });
  expect(fault).toMatchObject({ kind: 'removed', seq: 2 });

  const next = createLog(store, { anchor: { noted } });
  await next.log.start();
  const [newest] = await next.log.list({ limit: 1 });
  expect(newest).toMatchObject({ seq: 2, action: 'audit.mismatch', prevHash: before?.hash, outcome: 'failure' });
});

it('does not make up for entries that somebody appended without the key', async () => {
  await using store = await openMemory();
  const { log } = createLog(store);
  await log.record(fact(1));
  const [first] = await log.list({ limit: 1 });
  if (first === undefined) throw new Error('no entry');
  await store.audit.appendEntries([{ ...first, seq: 2, prevHash: first.hash, hash: 'forged' }]);
  await log.record(fact(2));
  await log.close();
  expect((await verifyStore(store, { trustedKeys })).fault).toMatchObject({ seq: 2 });
});

it('removes old entries, and the rest is proven from a signed base', async () => {
  await using store = await openMemory();
  const { log, advance, repeats } = createLog(store, { retentionDays: 30 });
  await log.start();
  for (let number = 1; number <= 700; number += 1) await log.record(fact(number));
  await log.list({ limit: 1 });
  advance(31 * DAY_MS);
  for (const number of [701, 702]) await log.record(fact(number));
  await log.list({ limit: 1 });
  for (const repeat of repeats) repeat();
  await expect.poll(async () => (await log.list({ limit: 1 }))[0]?.action).toBe('audit.retain');
  await log.close();
  const left = await store.audit.list({ limit: 10, order: 'asc' });
  expect(left.map(({ seq, action }) => [seq, action])).toEqual([
    ...[
      [701, 'session.create'],
      [702, 'session.create'],
      [703, 'audit.retain'],
    ],
  ]);
  expect(left[2]?.details).toContain('"entries":700');
  expect(await verifyStore(store, { trustedKeys })).toMatchObject({ fault: undefined, firstSeq: 701 });
  await store.database.deleteFrom('audit_entries').where('seq', '=', 701).execute();
  expect((await verifyStore(store, { trustedKeys })).fault).toMatchObject({ kind: 'removed', seq: 701 });
});

it('records a bounded number of failed sign-ins, without what was typed', async () => {
  await using store = await openMemory();
  const { log, clock, advance } = createLog(store);
  const signIns = createSignInRecorder({ audit: log, clock });
  const attempt = { method: 'password', address: '192.0.2.1', account: 'My Secret Password', reason: 'x' } as const;
  for (let number = 0; number < 250; number += 1) await signIns.failed(attempt);
  const recorded = await log.list({ limit: 500 });
  expect(recorded).toHaveLength(100);
  expect(recorded[0]?.details).toContain('further_left_out_until');
  expect(JSON.stringify(recorded).toLowerCase()).not.toContain('secret');
  advance(60_000);
  await signIns.failed(attempt);
  expect(await log.list({ limit: 500 })).toHaveLength(101);
});

it('keeps every checkpoint of the newest entries, and one of every 1,000 older ones', async () => {
  await using store = await openMemory();
  const { log } = createLog(store);
  for (let chained = 0; chained < 13_000; chained += 200) {
    await store.transaction(async (transaction) => {
      for (let number = 0; number < 200; number += 1) await log.record(fact(number), transaction);
    });
    await log.list({ limit: 1 });
  }
  const seqs = (await store.audit.listCheckpoints()).map(({ seq }) => seq);
  expect(seqs.filter((seq) => seq < 4000)).toEqual([800, 1800, 2800, 3800]);
  expect(seqs.filter((seq) => seq >= 4000)).toHaveLength(46);
  expect(await verifyStore(store, { trustedKeys })).toMatchObject({ fault: undefined, lastSeq: 13_000 });
});
