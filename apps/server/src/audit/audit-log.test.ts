import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';
import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openAuditAnchor } from '../data-dir/audit-anchor.ts';
import { systemTimers } from '../lib/timers.ts';
import type { AuditCheckpoint } from '../store/audit.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createAuditLog } from './audit-log.ts';
import { chainFacts } from './chain.ts';
import { createCheckpointSigner, toCheckpoint } from './checkpoint.ts';
import { SYSTEM, toAuditFact, type Fact } from './fact.ts';
import { createSignInRecorder } from './sign-in-recorder.ts';
import { verifyStore } from './verify-store.ts';

const SECRETS_KEY = 'the secrets key of this deployment';
const trustedKeys = new Set([createCheckpointSigner(SECRETS_KEY).publicKey]);
const DAY_MS = 24 * 60 * 60 * 1000;

const fact = (number: number): Fact => ({
  ...{ actor: SYSTEM, action: 'session.create', target: { type: 'session', id: `sesn_${number}` } },
});

/** A log on the store, with time and a data directory that the test holds. */
function createLog(store: Store, given: { retentionDays?: number; anchor?: { noted: unknown }; nodeId?: string } = {}) {
  const { retentionDays = 0, anchor = { noted: undefined }, nodeId = 'node_1' } = given;
  let nowMs = Date.parse('2026-02-01T12:00:00.000Z');
  const repeats: (() => void)[] = [];
  const clock = { now: () => nowMs };
  const log = createAuditLog({
    ...{ store, clock, retentionDays, nodeId, secretsKey: SECRETS_KEY, logger: createLogger({ level: 'silent' }) },
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
  expect(newest).toMatchObject({ seq: 3, action: 'audit.mismatch', prevHash: noted.hash, outcome: 'failure' });
  const { fault: after } = await verifyStore(store, { trustedKeys, anchor: next.anchor.noted as AuditCheckpoint });
  expect(after).toMatchObject({ kind: 'removed', seq: 2 });
});

it('finds that the end was cut off while the server runs, also after more was recorded and a restart', async () => {
  await using dir = await createWorkspaceDir();
  const url = `sqlite:${join(dir.path, 'csp.db')}`;
  await using store = await openStore({ url });
  const anchor = openAuditAnchor(dir.path);
  const errors: string[] = [];
  const logger = createLogger({ level: 'error', destination: { write: (line: string) => void errors.push(line) } });
  const start = async () => {
    const deps = {
      store,
      anchor,
      logger,
      nodeId: 'node_1',
      retentionDays: 0,
      clock: { now: Date.now },
      timers: systemTimers,
    };
    const log = createAuditLog({ ...deps, secretsKey: SECRETS_KEY });
    await log.start();
    return log;
  };
  const verify = async () => verifyStore(store, { trustedKeys, anchor: toCheckpoint(await anchor.read()) });
  const log = await start();
  for (const seq of [1, 2, 3]) {
    await log.record(fact(seq));
    await log.list({ limit: 1 });
  }
  expect((await verify()).fault).toBeUndefined();
  {
    await using other = await openStore({ url });
    await other.database.deleteFrom('audit_entries').where('seq', '>', 1).execute();
    await other.database.deleteFrom('audit_checkpoints').where('seq', '>', 1).execute();
  }
  await log.record(fact(4));
  await expect.poll(async () => toCheckpoint(await anchor.read())?.seq, { timeout: 5000 }).toBe(5);
  const [newest, mismatch] = await log.list({ limit: 2 });
  expect(newest).toMatchObject({ seq: 5, target: { id: 'sesn_4' } });
  expect(mismatch).toMatchObject({ seq: 4, action: 'audit.mismatch', outcome: 'failure' });
  expect(JSON.parse(mismatch?.details ?? '')).toMatchObject({ expected_seq: 3, last_seq: 1 });
  expect(errors).toEqual([expect.stringContaining('does not hold the last entry that was signed')]);
  expect((await verify()).fault).toMatchObject({ kind: 'removed', seq: 2 });

  await log.record(fact(6));
  await log.close();
  const next = await start();
  await next.record(fact(7));
  await next.close();
  expect((await verify()).fault).toMatchObject({ kind: 'removed', seq: 2 });
  expect((await verifyStore(store, { trustedKeys })).fault).toMatchObject({ kind: 'removed', seq: 2 });
  expect(await store.audit.list({ action: 'audit.mismatch', limit: 5 })).toHaveLength(1);
  expect(errors).toHaveLength(1);
});

it('takes what another server has chained in between for what it is, also behind a base', async () => {
  await using store = await openMemory();
  const [one, other] = [createLog(store), createLog(store, { retentionDays: 30 })];
  await one.log.start();
  await other.log.start();
  for (let number = 0; number < 9; number += 1) {
    const { log } = number % 3 === 0 ? one : other;
    await log.record(fact(number));
    await log.list({ limit: 1 });
  }
  // The first server's last entry is among those that the second one removes.
  other.advance(31 * DAY_MS);
  await other.log.record(fact(10));
  await other.log.list({ limit: 1 });
  for (const repeat of other.repeats) repeat();
  await expect.poll(async () => (await other.log.list({ limit: 1 }))[0]?.action).toBe('audit.retain');
  await one.log.record(fact(12));
  await one.log.close();
  await other.log.close();
  expect(await store.audit.list({ action: 'audit.mismatch', limit: 1 })).toEqual([]);
  const anchor = one.anchor.noted as AuditCheckpoint;
  expect(await verifyStore(store, { trustedKeys, anchor })).toMatchObject({
    fault: undefined,
    firstSeq: 10,
    lastSeq: 12,
  });
});

it('finds an end that was cut off and built on by a server that did not know of it', async () => {
  await using store = await openMemory();
  const [one, other] = [createLog(store), createLog(store)];
  const act = async ({ log }: typeof one, number: number) => {
    await log.record(fact(number));
    await log.list({ limit: 1 });
  };
  await act(one, 1);
  for (const number of [2, 3]) await act(other, number);
  await store.database.deleteFrom('audit_entries').where('seq', '>', 1).execute();
  await store.database.deleteFrom('audit_checkpoints').where('seq', '>', 1).execute();
  // The first server knows only of entry 1, and writes others in place of those that are gone.
  for (const number of [4, 5, 6]) await act(one, number);
  await act(other, 7);
  await act(one, 8);
  expect(await store.audit.list({ action: 'audit.mismatch', limit: 5 })).toMatchObject([{ seq: 5 }]);
  const { fault } = await verifyStore(store, { trustedKeys, anchor: one.anchor.noted as AuditCheckpoint });
  expect(fault).toMatchObject({ kind: 'changed', seq: 3 });
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

it('does not go on from a checkpoint that somebody made without the key', async () => {
  await using store = await openMemory();
  const { log } = createLog(store);
  await log.record(fact(1));
  const [first] = await log.list({ limit: 1 });
  if (first === undefined) throw new Error('no entry');
  const forged = chainFacts(first, [toAuditFact(fact(99), 0)]);
  await store.audit.appendEntries(forged);
  const stranger = createCheckpointSigner('the key of somebody else').sign('head', forged[0] ?? first, 0);
  await store.audit.addCheckpoint(stranger);
  await log.record(fact(2));
  await log.close();
  await store.database.deleteFrom('audit_checkpoints').where('public_key', '=', stranger.public_key).execute();
  expect((await verifyStore(store, { trustedKeys })).fault).toMatchObject({ kind: 'changed', seq: 2 });
});

it('goes on from what an earlier secrets key has signed', async () => {
  await using store = await openMemory();
  const earlier = createCheckpointSigner('the earlier key');
  const entries = chainFacts({ seq: 0, hash: '0'.repeat(64) }, [toAuditFact(fact(1), 0)]);
  await store.audit.appendEntries(entries);
  for (const entry of entries) await store.audit.addCheckpoint(earlier.sign('head', entry, 0));
  const { log } = createLog(store);
  for (const number of [2, 3]) {
    await log.record(fact(number));
    await log.list({ limit: 1 });
  }
  const both = new Set([...trustedKeys, earlier.publicKey]);
  expect(await verifyStore(store, { trustedKeys: both })).toMatchObject({ fault: undefined, lastSeq: 3 });
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

it('keeps old entries that are not those that were signed, and says so', async () => {
  await using store = await openMemory();
  const { log, advance, repeats } = createLog(store, { retentionDays: 30 });
  await log.start();
  for (const number of [1, 2, 3]) await log.record(fact(number));
  await log.list({ limit: 1 });
  advance(31 * DAY_MS);
  await log.record(fact(4));
  await log.list({ limit: 1 });
  await store.database.updateTable('audit_entries').set({ target_id: 'sesn_9' }).where('seq', '=', 2).execute();
  for (const repeat of repeats) repeat();
  await expect.poll(async () => (await log.list({ limit: 1 }))[0]?.action).toBe('audit.retain');
  const [refused] = await log.list({ limit: 1 });
  expect(refused).toMatchObject({ outcome: 'failure', details: expect.stringContaining('entry 2 was changed') });
  expect((await store.audit.list({ limit: 9, order: 'asc' })).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);

  // Nor does it remove what no checkpoint reaches.
  await store.database.updateTable('audit_entries').set({ target_id: 'sesn_2' }).where('seq', '=', 2).execute();
  await store.database.deleteFrom('audit_checkpoints').execute();
  for (const repeat of repeats) repeat();
  await expect.poll(async () => (await log.list({ limit: 1 }))[0]?.seq).toBe(6);
  await log.close();
  expect((await store.audit.list({ limit: 1, order: 'asc' }))[0]?.seq).toBe(1);
});

it('has an entry for every change that was begun, also where the server ended before it was told', async () => {
  await using store = await openMemory();
  const change = (number: number): Fact => ({ ...fact(number), action: 'user.update' });
  const { log } = createLog(store);
  expect(await log.during(change(1), async () => 'made')).toBe('made');
  await log.during(
    change(2),
    async () => 7,
    (made) => [{ ...change(2), details: { made } }],
  );
  const refusal = new CspError('state_conflict', 'This is the last administrator');
  await expect(log.during(change(3), () => Promise.reject(refusal))).rejects.toBe(refusal);
  await expect(log.during(change(4), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  // The server is killed here, after the change.
  void log.during(change(5), () => new Promise(() => undefined));
  await expect.poll(() => store.audit.listIntents({ nodeId: 'node_1', before: '' })).toHaveLength(1);

  const other = createLog(store, { nodeId: 'node_2' });
  await other.log.start();
  expect(await store.audit.listIntents({ nodeId: 'node_1', before: '' })).toHaveLength(1);
  const next = createLog(store);
  await next.log.start();
  const entries = await next.log.list({ limit: 10, order: 'asc' });
  expect(entries.map(({ target, outcome, details }) => [target.id, outcome, details])).toEqual([
    ...[
      ['sesn_1', 'success', '{}'],
      ['sesn_2', 'success', '{"made":7}'],
      ['sesn_4', 'failure', '{}'],
      ['sesn_5', 'unknown', '{}'],
    ],
  ]);
  expect(await store.audit.listIntents({ nodeId: 'node_1', before: '' })).toEqual([]);

  // One that does not come back is settled by the others.
  void log.during(change(6), () => new Promise(() => undefined));
  await expect.poll(() => store.audit.listIntents({ nodeId: 'node_1', before: '' })).toHaveLength(1);
  other.advance(2 * 60 * 60 * 1000);
  for (const repeat of other.repeats) repeat();
  await expect.poll(async () => (await other.log.list({ limit: 1 }))[0]?.target.id).toBe('sesn_6');
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
