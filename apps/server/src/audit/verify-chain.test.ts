import { expect, it } from 'vitest';

import type { AuditCheckpoint, AuditEntry } from '../store/audit.ts';
import { chainFacts, FIRST_PREV_HASH, hashEntry } from './chain.ts';
import { createCheckpointSigner } from './checkpoint.ts';
import { SYSTEM, toAuditFact } from './fact.ts';
import { verifyChain, type ChainProof } from './verify-chain.ts';

const signer = createCheckpointSigner('the secrets key of this deployment');
const NOW_MS = Date.parse('2026-02-01T12:00:00.000Z');
const ENTRIES = 12;

const log = chainFacts(
  { seq: 0, hash: FIRST_PREV_HASH },
  Array.from({ length: ENTRIES }, (_, index) =>
    toAuditFact(
      {
        ...{ actor: SYSTEM, action: 'tool.run', target: { type: 'session', id: `sesn_${index}` } },
        details: { tool: 'Bash', number: index },
      },
      NOW_MS + index,
    ),
  ),
);
const at = (seq: number): AuditEntry => log[seq - 1] as AuditEntry;
const sign = (seq: number, kind: 'head' | 'base' = 'head') => signer.sign(kind, at(seq), NOW_MS);
const trustedKeys = new Set([signer.publicKey]);
const proof: ChainProof = { checkpoints: [sign(4), sign(8), sign(ENTRIES)], trustedKeys };

const copy = () => structuredClone(log);
/** Chains the entries again from `seq` on, as somebody could who knows how entries are hashed. */
const chainAgain = (entries: AuditEntry[], seq: number) => {
  for (const entry of entries.slice(seq - 1)) {
    const before = entries.find((each) => each.seq === entry.seq - 1);
    entry.prevHash = before?.hash ?? FIRST_PREV_HASH;
    entry.hash = hashEntry(entry);
  }
  return entries;
};

it('finds nothing wrong with a log as it was written', () => {
  expect(verifyChain(log, proof)).toBeUndefined();
  expect(verifyChain([], { checkpoints: [] })).toBeUndefined();
});

it('finds each of 10,000 bytes that were changed at random, and names the entry', () => {
  const texts: readonly [string, (entry: AuditEntry) => string, (entry: AuditEntry, text: string) => void][] = [
    ['at', (e) => e.at, (e, text) => (e.at = text)],
    ['actor type', (e) => e.actor.type, (e, text) => (e.actor.type = text)],
    ['actor id', (e) => e.actor.id ?? '', (e, text) => (e.actor.id = text)],
    ['action', (e) => e.action, (e, text) => (e.action = text)],
    ['target type', (e) => e.target.type, (e, text) => (e.target.type = text)],
    ['target id', (e) => e.target.id ?? '', (e, text) => (e.target.id = text)],
    ['outcome', (e) => e.outcome, (e, text) => (e.outcome = text)],
    ['details', (e) => e.details, (e, text) => (e.details = text)],
    ['prev_hash', (e) => e.prevHash, (e, text) => (e.prevHash = text)],
    ['hash', (e) => e.hash, (e, text) => (e.hash = text)],
  ];
  const missed: string[] = [];
  for (let round = 0; round < 10_000; round += 1) {
    const index = Math.floor(Math.random() * ENTRIES);
    const [name, read, write] = texts[Math.floor(Math.random() * texts.length)] as (typeof texts)[number];
    const changed = { ...at(index + 1), actor: { ...at(index + 1).actor }, target: { ...at(index + 1).target } };
    const bytes = Buffer.from(read(changed), 'latin1');
    const place = Math.floor(Math.random() * bytes.length);
    const bit = Math.floor(Math.random() * 8);
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
    write(changed, bytes.toString('latin1'));
    const fault = verifyChain(log.with(index, changed), proof);
    if (fault?.kind !== 'changed' || fault.seq !== index + 1) missed.push(`${name} of ${index + 1}, byte ${place}`);
  }
  expect(missed).toEqual([]);
});

it.each(log.map(({ seq }) => seq))('names entry %i where it was removed, inserted before or swapped', (seq) => {
  const without = copy().toSpliced(seq - 1, 1);
  expect(verifyChain(without, proof)).toMatchObject({ kind: 'removed', seq });

  const closed = without.map((entry, index) => ({ ...entry, seq: index + 1 }));
  expect(verifyChain(closed, proof)).toMatchObject({ kind: 'removed', seq });

  const [forged] = chainFacts({ seq: seq - 1, hash: at(seq).prevHash }, [{ ...at(seq), action: 'forged' }]);
  const inserted = [...log.slice(0, seq - 1), forged as AuditEntry, ...log.slice(seq - 1)];
  const numbered = inserted.map((entry, index) => ({ ...entry, seq: index + 1 }));
  // At the place of a checkpoint the signed entry is another one; the entries since the checkpoint before are in doubt.
  const expected = [4, 8, ENTRIES].includes(seq) ? { kind: 'changed', throughSeq: seq } : { kind: 'inserted', seq };
  expect(verifyChain(numbered, proof)).toMatchObject(expected);

  if (seq === ENTRIES) return;
  const swapped = copy();
  swapped[seq - 1] = { ...at(seq + 1), seq };
  swapped[seq] = { ...at(seq), seq: seq + 1 };
  expect(verifyChain(swapped, proof)?.seq).toBe(seq);
});

it('finds that the end was cut off, however much of it', () => {
  for (let length = 0; length < ENTRIES; length += 1)
    expect(verifyChain(log.slice(0, length), proof)).toMatchObject({ kind: 'removed', seq: length + 1 });
  // Also where the checkpoint went with it: another copy of it is enough.
  const { checkpoints } = proof;
  expect(verifyChain(log.slice(0, 8), { ...proof, checkpoints: checkpoints.slice(0, 2) })).toBeUndefined();
});

it('finds what was chained anew by somebody without the key', () => {
  const changed = copy();
  (changed[5] as AuditEntry).action = 'forged';
  expect(verifyChain([...changed.slice(0, 5), ...chainAgain(changed, 6).slice(5)], proof)).toMatchObject({
    ...{ kind: 'changed', seq: 5, throughSeq: 8 },
  });
  // One entry alone, with a hash of its own.
  const alone = copy();
  (alone[5] as AuditEntry).action = 'forged';
  (alone[5] as AuditEntry).hash = hashEntry(alone[5] as AuditEntry);
  expect(verifyChain(alone, proof)).toMatchObject({ kind: 'changed', seq: 6 });
  const appended = chainFacts(at(ENTRIES), [{ ...at(1), action: 'forged' }]);
  expect(verifyChain([...log, ...appended], proof)).toMatchObject({ kind: 'inserted', seq: ENTRIES + 1 });
});

it('follows the chain from a signed base, and from nothing else', () => {
  const kept = log.slice(4);
  const base = sign(4, 'base');
  expect(verifyChain(kept, { ...proof, checkpoints: [base, sign(8), sign(ENTRIES)] })).toBeUndefined();
  expect(verifyChain(kept, proof)).toMatchObject({ kind: 'removed', seq: 1 });
  const passedOff = { ...sign(4), kind: 'base' };
  expect(verifyChain(kept, { ...proof, checkpoints: [passedOff, sign(ENTRIES)] })).toMatchObject({ seq: 1 });
  expect(verifyChain(log.slice(5), { ...proof, checkpoints: [base, sign(ENTRIES)] })).toMatchObject({ seq: 5 });
  expect(verifyChain([], { trustedKeys, checkpoints: [sign(ENTRIES, 'base'), sign(ENTRIES)] })).toBeUndefined();
});

it('finds every byte of a checkpoint that was changed, and one of another key', () => {
  const checkpoints = (last: AuditCheckpoint) => ({ trustedKeys, checkpoints: [sign(4), last] });
  const good = sign(ENTRIES);
  for (const field of ['hash', 'at', 'public_key', 'signature'] as const) {
    for (let place = 0; place < good[field].length; place += 1) {
      const other = good[field][place] === 'x' ? 'y' : 'x';
      const bad = { ...good, [field]: good[field].slice(0, place) + other + good[field].slice(place + 1) };
      expect(verifyChain(log, checkpoints(bad))).toMatchObject({ kind: 'checkpoint', seq: ENTRIES });
    }
  }
  const stranger = createCheckpointSigner('the key of somebody else').sign('head', at(ENTRIES), NOW_MS);
  expect(verifyChain(log, checkpoints(stranger))?.message).toContain('unknown key');
  expect(verifyChain(log, { checkpoints: [stranger] })).toBeUndefined();
});
