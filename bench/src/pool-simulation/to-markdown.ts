import { ADAPTIVE } from './strategies.ts';
import type { Result, Study } from './study.ts';

/** The study as a Markdown page. */
export function toMarkdown(study: Study): string {
  return (
    [
      HEAD.replace('SEED', String(study.seed)),
      ...study.loads.map(
        ({ name, about, sizes }) => `### ${name}\n\n${about}; ${sizes[0]?.visits ?? 0} sessions\n\n${sizeTable(sizes)}`,
      ),
      RULES_HEAD,
      ...study.loads.map(({ name, rules }) => `### ${name}\n\n${resultTable(rules)}`),
      VARIANTS_HEAD,
      ...study.variants.map(({ constant, loads, values }) => `### ${constant}\n\n${variantTable(loads, values)}`),
    ].join('\n\n') + '\n'
  );
}

const HEAD = `# Simulation of the warm pool

Written by \`npm run simulate-pool\`: the server's own places, queue, pool and reclaimer in virtual time, seed SEED. Why the
defaults are what they are stands in [docs/decisions](../../docs/decisions/2026-11-22-pool-size.md); what the model assumes
of people and processes, in \`bench/src/pool-simulation/machine.ts\` and \`visits.ts\`.

**warm**: share of the sessions that found a spare. **p50, p95, p99**: from the message to the first text of a first turn,
where the model itself takes no time. **spare-s**: seconds that spares were kept, from the beginning of their start.
**GB h**: the same as memory, at 90 MB each. **discarded**: spares that nobody claimed. **resumed**: share of later turns
that woke a hibernated session. **soon**: how many of them woke it less than 10 s after it was hibernated.

## How many spares

All refilled as the server does. **fixed, same cost**: the warm share of a fixed pool for the same
spare-seconds, between the two nearest of these sizes.`;

const RULES_HEAD = `## How the pool is run

All with the adaptive size. The first line is the server; each other one differs from it in one thing.`;

const VARIANTS_HEAD = `## Constants of the adaptive size

One constant at a time away from its default; per load: warm share, p99 in ms, GB h. For the reserved memory the third figure
is the least memory that was free at any moment, in MB.`;

function sizeTable(results: readonly Result[]): string {
  const fixed = results.filter(({ strategy }) => strategy.startsWith('fixed'));
  return table(
    ['', 'warm', 'fixed, same cost', ...COLUMNS],
    results.map((each) => {
      const same = fixed.includes(each) ? undefined : findFixedWarmShare(fixed, each.spareSeconds);
      const name = each.strategy === ADAPTIVE.name ? `**${each.strategy}**` : each.strategy;
      return [name, percent(each.warmShare), same === undefined ? '' : percent(same), ...toCells(each)];
    }),
  );
}

/**
 * The warm share of a fixed pool with this many spare-seconds, interpolated between sizes; undefined beyond the largest
 * size.
 */
export function findFixedWarmShare(fixed: readonly Result[], spareSeconds: number): number | undefined {
  const sorted = fixed.toSorted((a, b) => a.spareSeconds - b.spareSeconds);
  const above = sorted.findIndex((each) => each.spareSeconds >= spareSeconds);
  const [low, high] = [sorted[Math.max(0, above - 1)], sorted[above]];
  if (low === undefined || high === undefined) return undefined;
  const distance = high.spareSeconds - low.spareSeconds;
  const part = distance === 0 ? 0 : (spareSeconds - low.spareSeconds) / distance;
  return low.warmShare + (high.warmShare - low.warmShare) * part;
}

function resultTable(results: readonly Result[]): string {
  return table(
    ['', 'warm', ...COLUMNS],
    results.map((each) => [each.strategy, percent(each.warmShare), ...toCells(each)]),
  );
}

function variantTable(loads: readonly string[], values: Study['variants'][number]['values']): string {
  return table(
    ['', ...loads],
    values.map(({ value, results }) => [
      value,
      ...results.map((each) => {
        const last = each.strategy.startsWith('reserved')
          ? `${each.leastFreeMegabytes} MB`
          : each.gigabyteHours.toFixed(1);
        return `${percent(each.warmShare)} · ${each.firstTextMs.p99} · ${last}`;
      }),
    ]),
  );
}

const COLUMNS = ['p50', 'p95', 'p99', 'spare-s', 'GB h', 'discarded', 'resumed', 'soon'];

function toCells(result: Result): string[] {
  const { p50, p95, p99 } = result.firstTextMs;
  return [
    ...[p50, p95, p99].map((value) => `${value} ms`),
    result.spareSeconds.toLocaleString('en'),
    result.gigabyteHours.toFixed(2),
    result.discarded.toLocaleString('en'),
    percent(result.resumedShare),
    result.wokenSoon.toLocaleString('en'),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
