import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createProcessSlots, type ProcessSlotsOptions, type Slot } from './process-slots.ts';

function open(max: number, options: Partial<ProcessSlotsOptions> = {}) {
  const asked = { room: 0 };
  const slots = createProcessSlots({
    max,
    hasMemory: () => true,
    maxWaitingPerOwner: 1000,
    maxWaitMs: 24 * 60 * 60 * 1000,
    clock: { uptimeMs: () => performance.now() },
    askForRoom: () => void (asked.room += 1),
    ...options,
  });
  const request = (ownerId = 'ada') => {
    const positions: number[] = [];
    const abort = new AbortController();
    const onPosition = (position: number) => void positions.push(position);
    const slot = slots.acquire({ ownerId, onPosition, signal: abort.signal });
    return { slot, positions, abort };
  };
  return { slots, request, asked };
}

describe('process slots', () => {
  it('grants places at once until all are taken, then in the order of the requests', async () => {
    const { slots, request, asked } = open(1);
    const first = request();
    const second = request();
    const third = request();
    const held = await first.slot;
    expect([first.positions, second.positions, third.positions]).toEqual([[], [1], [2]]);
    expect(asked.room).toBe(2);
    expect([slots.used, slots.waiting]).toEqual([1, 2]);
    held.release();
    (await second.slot).release();
    await third.slot;
    expect(third.positions).toEqual([2, 1]);
  });

  it('counts a place that is released twice once', async () => {
    const { slots, request } = open(2);
    const [first] = await Promise.all([request().slot, request().slot]);
    first.release();
    first.release();
    expect(slots.used).toBe(1);
  });

  it('lets who gives up leave the queue, and moves the others up', async () => {
    const { slots, request } = open(1);
    const held = await request().slot;
    const second = request();
    const third = request();
    second.abort.abort(new Error('interrupted'));
    await expect(second.slot).rejects.toThrow('interrupted');
    expect(third.positions).toEqual([2, 1]);
    held.release();
    await third.slot;
    expect([slots.used, slots.waiting]).toEqual([1, 0]);
  });

  it('keeps a place that was granted before its signal was aborted', async () => {
    const { slots, request } = open(1);
    const first = request();
    const held = await first.slot;
    const second = request();
    held.release();
    second.abort.abort();
    (await second.slot).release();
    expect([slots.used, slots.waiting]).toEqual([0, 0]);
  });

  it('refuses when too many wait', async () => {
    const { request } = open(1);
    await request().slot;
    for (let waiting = 0; waiting < 1000; waiting += 1) void request().slot;
    await expect(request().slot).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
  });

  it('refuses a user who has too many waiting, and lets others wait', async () => {
    const { slots, request } = open(1, { maxWaitingPerOwner: 2 });
    await request().slot;
    void request().slot;
    void request().slot;
    expect(slots.refusal('ada')).toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
    await expect(request().slot).rejects.toMatchObject({ code: 'overloaded' });
    expect(slots.refusal('grace')).toBeUndefined();
    expect(request('grace').positions).toEqual([1]);
  });

  it('gives the next place to whoever has less, and counts a place that is assigned later', async () => {
    const { slots, request } = open(3);
    const spare = slots.tryAcquire();
    await request('ada').slot;
    const ofGrace = await request('grace').slot;
    spare?.assign('ada');
    const waits = [request('ada'), request('ada'), request('grace')];
    expect(waits.map(({ positions }) => positions.at(-1))).toEqual([2, 3, 1]);
    ofGrace.release();
    await waits[2]?.slot;
    expect(waits.map(({ positions }) => positions.at(-1))).toEqual([1, 2, 1]);
  });

  it('gives up waiting after its time, with a word on when to come again', async () => {
    const { slots, request } = open(1, { maxWaitMs: 20 });
    await request().slot;
    await expect(request('grace').slot).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
    expect(slots.waiting).toBe(0);
  });

  it('grants no second place while memory is short, asks for room, and goes on when there is memory again', async () => {
    let hasMemory = false;
    const { slots, request, asked } = open(3, { hasMemory: () => hasMemory });
    await request().slot;
    expect([slots.isFree, slots.tryAcquire()]).toEqual([false, undefined]);
    const second = request();
    expect([slots.waiting, asked.room]).toEqual([1, 1]);
    hasMemory = true;
    await second.slot;
    expect([slots.used, slots.waiting]).toEqual([2, 0]);
  });

  it('never grants more than there are, and never forgets who waits', async () => {
    const command = fc.oneof(
      fc.constant({ do: 'request' as const }),
      fc.record({ do: fc.constantFrom('release' as const, 'abort' as const), which: fc.nat({ max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(command), async (max, commands) => {
        const { slots, request } = open(max);
        const held: Slot[] = [];
        const waiting: { id: number; abort: AbortController }[] = [];
        const granted: number[] = [];
        const expected: number[] = [];
        let id = 0;
        for (const each of commands) {
          if (each.do === 'request') {
            const own = (id += 1);
            const { slot, abort } = request();
            waiting.push({ id: own, abort });
            expected.push(own);
            slot.then(
              (value) => {
                held.push(value);
                granted.push(own);
              },
              () => expected.splice(expected.indexOf(own), 1),
            );
          } else if (each.do === 'release') held.splice(each.which % (held.length || 1), 1)[0]?.release();
          else waiting[each.which]?.abort.abort(new Error('given up'));
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          expect(slots.used).toBe(held.length);
          expect(slots.used === max || slots.waiting === 0).toBe(true);
        }
        while (held.length > 0) {
          held.shift()?.release();
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        }
        expect(granted).toEqual(expected);
        expect([slots.used, slots.waiting]).toEqual([0, 0]);
      }),
    );
  });
});
