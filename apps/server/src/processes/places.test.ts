import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createPlaces, type PlacesOptions, type Place } from './places.ts';

function open(max: number, options: Partial<PlacesOptions> = {}) {
  const asked = { room: 0 };
  const places = createPlaces({
    max,
    hasMemory: () => true,
    maxWaitingPerOwner: 1000,
    maxWaitMs: 24 * 60 * 60 * 1000,
    clock: { uptimeMs: () => performance.now() },
    ...options,
  });
  places.onShortage(() => void (asked.room += 1));
  const request = (ownerId = 'ada') => {
    const positions: number[] = [];
    const abort = new AbortController();
    const onPosition = (position: number) => void positions.push(position);
    const place = places.acquire({ ownerId, onPosition, signal: abort.signal });
    return { place, positions, abort };
  };
  return { places, request, asked };
}

describe('process places', () => {
  it('grants places at once until all are taken, then in the order of the requests', async () => {
    const { places, request, asked } = open(1);
    const first = request();
    const second = request();
    const third = request();
    const held = await first.place;
    expect([first.positions, second.positions, third.positions]).toEqual([[], [1], [2]]);
    expect(asked.room).toBe(2);
    expect([places.used, places.waiting]).toEqual([1, 2]);
    held.release();
    (await second.place).release();
    await third.place;
    expect(third.positions).toEqual([2, 1]);
  });

  it('counts a place that is released twice once', async () => {
    const { places, request } = open(2);
    const [first] = await Promise.all([request().place, request().place]);
    first.release();
    first.release();
    expect(places.used).toBe(1);
  });

  it('lets who gives up leave the queue, and moves the others up', async () => {
    const { places, request } = open(1);
    const held = await request().place;
    const second = request();
    const third = request();
    second.abort.abort(new Error('interrupted'));
    await expect(second.place).rejects.toThrow('interrupted');
    expect(third.positions).toEqual([2, 1]);
    held.release();
    await third.place;
    expect([places.used, places.waiting]).toEqual([1, 0]);
  });

  it('keeps a place that was granted before its signal was aborted', async () => {
    const { places, request } = open(1);
    const first = request();
    const held = await first.place;
    const second = request();
    held.release();
    second.abort.abort();
    (await second.place).release();
    expect([places.used, places.waiting]).toEqual([0, 0]);
  });

  it('takes no more work in when too many wait', async () => {
    const { places, request } = open(1);
    await request().place;
    for (let waiting = 0; waiting < 1000; waiting += 1) void request().place;
    expect(places.refusal('ada')).toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
  });

  it('takes no more work of a user in who has too many waiting, and lets what is stored wait', async () => {
    const { places, request } = open(1, { maxWaitingPerOwner: 2 });
    await request().place;
    void request().place;
    void request().place;
    expect(places.refusal('ada')).toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
    // Its message was stored before the others waited.
    expect(request().positions).toEqual([3]);
    expect(places.refusal('grace')).toBeUndefined();
    expect(request('grace').positions.at(-1)).toBe(1);
  });

  it('gives the next place to whoever has less, and counts a place that is assigned later', async () => {
    const { places, request } = open(3);
    const spare = places.tryAcquire();
    await request('ada').place;
    const ofGrace = await request('grace').place;
    spare?.assign('ada');
    const waits = [request('ada'), request('ada'), request('grace')];
    expect(waits.map(({ positions }) => positions.at(-1))).toEqual([2, 3, 1]);
    ofGrace.release();
    await waits[2]?.place;
    expect(waits.map(({ positions }) => positions.at(-1))).toEqual([1, 2, 1]);
  });

  it('gives up waiting after its time, with a word on when to come again', async () => {
    const { places, request } = open(1, { maxWaitMs: 20 });
    await request().place;
    await expect(request('grace').place).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 30_000 });
    expect(places.waiting).toBe(0);
  });

  it('grants no second place while memory is short, asks for room, and goes on when there is memory again', async () => {
    let hasMemory = false;
    const { places, request, asked } = open(3, { hasMemory: () => hasMemory });
    await request().place;
    expect([places.isFree, places.tryAcquire()]).toEqual([false, undefined]);
    const second = request();
    expect([places.waiting, asked.room]).toEqual([1, 1]);
    hasMemory = true;
    await second.place;
    expect([places.used, places.waiting]).toEqual([2, 0]);
  });

  it('never grants more than there are, and never forgets who waits', async () => {
    const command = fc.oneof(
      fc.constant({ do: 'request' as const }),
      fc.record({ do: fc.constantFrom('release' as const, 'abort' as const), which: fc.nat({ max: 20 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(command), async (max, commands) => {
        const { places, request } = open(max);
        const held: Place[] = [];
        const waiting: { id: number; abort: AbortController }[] = [];
        const granted: number[] = [];
        const expected: number[] = [];
        let id = 0;
        for (const each of commands) {
          if (each.do === 'request') {
            const own = (id += 1);
            const { place, abort } = request();
            waiting.push({ id: own, abort });
            expected.push(own);
            place.then(
              (value) => {
                held.push(value);
                granted.push(own);
              },
              () => expected.splice(expected.indexOf(own), 1),
            );
          } else if (each.do === 'release') held.splice(each.which % (held.length || 1), 1)[0]?.release();
          else waiting[each.which]?.abort.abort(new Error('given up'));
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          expect(places.used).toBe(held.length);
          expect(places.used === max || places.waiting === 0).toBe(true);
        }
        while (held.length > 0) {
          held.shift()?.release();
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        }
        expect(granted).toEqual(expected);
        expect([places.used, places.waiting]).toEqual([0, 0]);
      }),
    );
  });
});
