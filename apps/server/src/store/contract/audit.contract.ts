import { describe, expect, test } from 'vitest';

import type { AuditFact } from '../audit-facts.ts';
import type { AuditEntry } from '../audit.ts';
import { openStore } from '../open-store.ts';
import { createSession, newEvents, openTestStore, type BackEnd } from './back-end.ts';

const fact = (name: string): AuditFact => ({
  at: '2026-02-01T12:00:00.000Z',
  actor: { type: 'user', id: 'user_1' },
  action: 'test.act',
  target: { type: 'session', id: null },
  outcome: 'success',
  details: `{"name":${JSON.stringify(name)}}`,
});

const entry = (seq: number, given: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ ...fact(`fact ${seq}`), seq, prevHash: `hash ${seq - 1}`, hash: `hash ${seq}` },
  ...given,
});

const names = (facts: readonly AuditFact[]) =>
  facts.map(({ details }) => (JSON.parse(details) as { name: string }).name);

/** Facts, entries and checkpoints of the audit log. Over 100 lines: a flat list of tests. */
export function describeAudit(backEnd: BackEnd): void {
  test('keeps facts as they are until they are chained, in order', async () => {
    await using store = await openTestStore(backEnd);
    expect(await store.audit.hasPending()).toBe(false);
    await store.audit.add(Array.from({ length: 40 }, (_, index) => fact(`fact ${index} \u0000 é`)));
    const pending = await store.audit.listPending(100);
    expect(names(pending)).toEqual(Array.from({ length: 40 }, (_, index) => `fact ${index} \u0000 é`));
    const { position, ...first } = pending[0] ?? { position: 0 };
    expect(first).toEqual(fact('fact 0 \u0000 é'));
    await store.audit.removePending([position]);
    expect(names(await store.audit.listPending(1))).toEqual(['fact 1 \u0000 é']);
  });

  describe('facts of appended events', () => {
    test('are stored with the events, whichever way they go', async () => {
      await using store = await openTestStore(backEnd);
      const [one, other] = [await createSession(store), await createSession(store)];
      await store.events.append(one.id, 0, newEvents(1), { facts: [fact('alone'), fact('second')] });
      // The second and third wait for the first and are written together.
      await Promise.all([
        store.events.append(one.id, 0, newEvents(2), { facts: [fact('first of \u0000 three')] }),
        store.events.append(other.id, 0, newEvents(2), { facts: [fact('in a "batch" é')] }),
        store.events.append(one.id, 0, newEvents(2)),
      ]);
      await store.transaction(({ events }) => events.append(one.id, 0, newEvents(1), { facts: [fact('inside')] }));
      const pending = names(await store.audit.listPending(10));
      expect(pending.slice(0, 2)).toEqual(['alone', 'second']);
      expect(pending.toSorted()).toEqual(['alone', 'first of \u0000 three', 'in a "batch" é', 'inside', 'second']);
    });

    test('are not stored where the events are refused', async () => {
      await using store = await openTestStore(backEnd);
      const { id } = await createSession(store);
      await expect(store.events.append(id, 7, newEvents(1), { facts: [fact('stale')] })).rejects.toThrow();
      const failing = store.transaction(async ({ audit }) => {
        await audit.add([fact('rolled back')]);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.audit.hasPending()).toBe(false);
    });
  });

  test('lists entries by every filter, in both directions', async () => {
    await using store = await openTestStore(backEnd);
    const at = (day: number) => `2026-02-0${day}T00:00:00.000Z`;
    await store.audit.appendEntries([
      entry(1, { at: at(1), actor: { type: 'user', id: 'user_a' } }),
      entry(2, { at: at(2), target: { type: 'session', id: 'sesn_1' } }),
      entry(3, { at: at(3), action: 'other.act' }),
    ]);
    const seqs = async (options: Parameters<typeof store.audit.list>[0]) =>
      (await store.audit.list(options)).map(({ seq }) => seq);
    expect(await seqs({ limit: 2 })).toEqual([3, 2]);
    expect(await seqs({ limit: 2, after: 2 })).toEqual([1]);
    expect(await seqs({ limit: 5, order: 'asc', after: 1 })).toEqual([2, 3]);
    expect(await seqs({ limit: 5, actor: 'user_a' })).toEqual([1]);
    expect(await seqs({ limit: 5, target: 'sesn_1' })).toEqual([2]);
    expect(await seqs({ limit: 5, action: 'other.act' })).toEqual([3]);
    expect(await seqs({ limit: 5, from: at(2), to: at(2) })).toEqual([2]);
    expect(await store.audit.findLastSeq()).toBe(3);
    expect((await store.audit.findFirstSince(at(2)))?.seq).toBe(2);
    await store.audit.removeThrough(2);
    expect(await store.audit.list({ limit: 5 })).toEqual([entry(3, { at: at(3), action: 'other.act' })]);
    await expect(store.audit.appendEntries([entry(3)])).rejects.toMatchObject({ code: 'conflict' });
  });

  test('keeps intents until one server settles them', async () => {
    await using store = await openTestStore(backEnd);
    await store.audit.addIntent({ id: 'one', nodeId: 'node_1', fact: fact('one \u0000') });
    await store.audit.addIntent({
      id: 'two',
      nodeId: 'node_2',
      fact: { ...fact('two'), at: '2026-01-01T00:00:00.000Z' },
    });
    const ids = async (of: { nodeId: string; before: string }) =>
      (await store.audit.listIntents(of)).map(({ id }) => id);
    expect(await ids({ nodeId: 'node_2', before: '2026-01-01T00:00:00.000Z' })).toEqual(['two']);
    expect(await ids({ nodeId: 'node_1', before: '2026-01-02T00:00:00.000Z' })).toEqual(['two', 'one']);
    const [left] = await store.audit.listIntents({ nodeId: 'node_1', before: '' });
    expect(left).toEqual({ id: 'one', nodeId: 'node_1', fact: fact('one \u0000') });
    const removals = await Promise.all([store.audit.removeIntent('one'), store.audit.removeIntent('one')]);
    expect(removals.filter(Boolean)).toHaveLength(1);
  });

  test('finds the newest checkpoint of a kind', async () => {
    await using store = await openTestStore(backEnd);
    const checkpoint = (kind: string, seq: number) => ({
      ...{ kind, seq, hash: `hash ${seq}`, at: '2026-02-01T12:00:00.000Z', public_key: 'key', signature: 'signature' },
    });
    expect(await store.audit.findCheckpoint('head')).toBeUndefined();
    for (const each of [checkpoint('head', 1), checkpoint('head', 9), checkpoint('base', 9), checkpoint('base', 3)])
      await store.audit.addCheckpoint(each);
    expect(await store.audit.findCheckpoint('head')).toEqual(checkpoint('head', 9));
    expect(await store.audit.findCheckpoint('base')).toEqual(checkpoint('base', 9));
    for (const seq of [5, 6, 7]) await store.audit.addCheckpoint(checkpoint('head', seq));
    await store.audit.thinCheckpoints({ from: 5, below: 8 });
    const heads = (await store.audit.listCheckpoints()).filter(({ kind }) => kind === 'head');
    expect(heads.map(({ seq }) => seq)).toEqual([1, 7, 9]);
    await store.audit.removeCheckpointsBelow(9);
    expect(await store.audit.listCheckpoints()).toEqual([checkpoint('base', 9), checkpoint('head', 9)]);
  });

  test('lets one server at a time chain', async () => {
    await using store = await openTestStore(backEnd);
    await using other = await openStore({ url: store.url });
    const chain = (of: typeof other) =>
      of.transaction(async ({ audit }) => {
        await audit.lockChain();
        const seq = (await audit.findLastSeq()) + 1;
        await audit.appendEntries([entry(seq)]);
      });
    await Promise.all(Array.from({ length: 20 }, (_, index) => chain(index % 2 === 0 ? store : other)));
    expect(await store.audit.findLastSeq()).toBe(20);
  });
}
