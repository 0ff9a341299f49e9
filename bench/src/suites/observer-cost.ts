import { setTimeout as delay } from 'node:timers/promises';

import type { Fact, Table } from '../findings.ts';
import { readProcessorTimeMs } from '../processor-time.ts';
import { createRandom } from '../random.ts';
import { createSeries, type Series } from '../series.ts';
import { toMean, toMeanInterval } from '../statistics.ts';

const ROUNDS = { full: 40, quick: 6 };
const WARM_UP_ROUNDS = 1;
/** Of a block: as many as there are spans in a batch, so that with every trace each block pays for one batch. */
const CALLS = 512;
/** Enough to keep the gateway's thread busy. */
const AT_ONCE = 8;
/** What is done after an answer, such as storing what the calls cost, is done within that. */
const REST_MS = 50;
/** Of the work for a call. */
const MOST_PERCENT = 3;

const SIDES = {
  unmeasured: 'without metrics and traces',
  measured: 'with metrics',
  sampled: 'with metrics and one trace in ten',
  traced: 'with metrics and every trace',
};

export interface ObserverCostOptions {
  /** Of the process of the gateways. */
  pid: number;
  /** Its `serveProfiler`. */
  profilerUrl: string;
  /** Each makes one call. */
  sides: Readonly<Record<keyof typeof SIDES, () => Promise<void>>>;
  quick: boolean;
  signal: AbortSignal;
}

type Shares = Record<'metrics' | 'traces', number>;

/**
 * What metrics and traces cost a busy model gateway, whose one thread makes so many calls a second as the work for one allows:
 * in blocks of calls, the share of the thread's work by a profile of it; and the processor time of all threads, with what is
 * stored and sent afterwards. The share says how much is measured of one and the same calls, so other work on the machine hardly
 * changes it; the processor time has what no function shows, such as garbage, but rises for all when the machine is busy.
 */
export async function measureObserverCost({
  pid,
  profilerUrl,
  sides,
  quick,
  signal,
}: ObserverCostOptions): Promise<{ series: Series[]; facts: Fact[]; tables: Table[] }> {
  const names = Object.keys(SIDES) as (keyof typeof SIDES)[];
  const series = names.map((name) => createSeries(`gateway.cpu.${name}`, `processor time of a call, ${SIDES[name]}`));
  const shares = new Map<keyof typeof SIDES, Shares[]>(names.map((name) => [name, []]));
  const random = createRandom(1);
  const ask = async (path: string) => (await (await fetch(`${profilerUrl}/${path}`)).json()) as Shares;
  const rounds = quick ? ROUNDS.quick : ROUNDS.full;
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    const order = names.map((name, index) => ({ name, index, at: random() }));
    for (const { name, index } of order.toSorted((a, b) => a.at - b.at)) {
      signal.throwIfAborted();
      const before = readProcessorTimeMs(pid);
      await makeCalls(sides[name]);
      await delay(REST_MS);
      const tookMs = readProcessorTimeMs(pid) - before;
      await ask('start');
      await makeCalls(sides[name]);
      const share = await ask('stop');
      if (round < 0) continue;
      series[index]?.samples.push(tookMs / CALLS);
      shares.get(name)?.push(share);
    }
  }
  const toPercents = (name: keyof typeof SIDES, pick: (share: Shares) => number) =>
    (shares.get(name) ?? []).map((share) => 100 * pick(share));
  const both = ({ metrics, traces }: Shares) => metrics + traces;
  const toFact = (name: 'sampled' | 'traced'): Fact => ({
    ...{ id: `gateway.share.${name}`, label: `share of the work for a call, ${SIDES[name]}: both of them`, unit: '%' },
    value: toMean(toPercents(name, both)),
    // What docs/operate/tracing.md recommends.
    ...(name === 'sampled' && { atMost: MOST_PERCENT }),
  });
  const describe = (samples: number[]) => {
    const [low, high] = toMeanInterval(samples);
    return `${toMean(samples).toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
  };
  return {
    series,
    facts: [toFact('sampled'), toFact('traced')],
    tables: [
      {
        title: 'Share of the model gateway’s work in %, with the 95 % interval of its mean',
        columns: ['', 'metrics', 'traces', 'both'],
        rows: names.map((name) => [
          SIDES[name],
          describe(toPercents(name, ({ metrics }) => metrics)),
          describe(toPercents(name, ({ traces }) => traces)),
          describe(toPercents(name, both)),
        ]),
      },
    ],
  };
}

async function makeCalls(call: () => Promise<void>): Promise<void> {
  let left = CALLS;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
