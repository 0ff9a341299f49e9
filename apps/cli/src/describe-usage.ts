import type { UsageGroupResource, UsageResource } from '@claude-sdk-pattern/protocol';

import { toMarkedText } from './chat/terminal-text.ts';

type Sums = UsageResource['total'];

/** Columns before this one are texts, from it on figures. */
const FIRST_FIGURE = 1;
const NONE: Readonly<Record<string, string>> = {
  ...{ agent: '(no agent)', session: '(no session)', model: '(no model)', user: '(nobody)' },
  ...{ upstream: '(unknown)', plugin: '(no plugin)', payer: '(no key)' },
};

/**
 * A table of what was used, with the total in its last line. Hours and days without calls are left out.
 * @param by what the report is grouped by
 */
export function describeUsage({ data, total, has_more: hasMore, ...rest }: UsageResource, by: string): string {
  const isTime = by === 'hour' || by === 'day';
  const time = `from ${rest.from} to before ${rest.to}`;
  if (total.requests === 0) return `No model was called ${time}.`;
  const shown = isTime ? data.filter(({ requests }) => requests > 0) : data;
  const head = [by.toUpperCase(), 'CALLS', 'INPUT', 'CACHE READ', 'CACHE WRITE', 'OUTPUT', 'COST'];
  const rows = shown.map((group) => [toName(group, by), ...toFigures(group)]);
  const notes = [
    ...(hasMore ? [`Only the ${data.length} dearest are shown; the total is of all.`] : []),
    ...(total.unpriced_requests > 0 ? [describeUnpriced(total)] : []),
  ];
  return [
    `Model calls ${time}${isTime ? `, in the time zone ${rest.time_zone}` : ''}`,
    '',
    ...alignColumns([head, ...rows, ['Total', ...toFigures(total)]]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n');
}

function toName({ group, name }: UsageGroupResource, by: string): string {
  if (group === null) return NONE[by] ?? '';
  if (by === 'day') return group.slice(0, 10);
  if (by === 'hour') return group;
  return toMarkedText(name === null ? group : `${name} (${group})`);
}

function toFigures(sums: Sums): string[] {
  const { requests, input_tokens: input, cache_read_tokens: read, cache_write_tokens: write } = sums;
  return [
    ...[requests, input, read, write, sums.output_tokens].map((count) => count.toLocaleString('en')),
    toCost(sums),
  ];
}

/** To a hundredth of a cent. What has no price is not shown as nothing, and what has one only in part is marked. */
function toCost({ requests, unpriced_requests: unpriced, cost_usd: cost }: Sums): string {
  if (unpriced === requests) return 'no price';
  const digits = { minimumFractionDigits: 4, maximumFractionDigits: 4 };
  return `${unpriced > 0 ? '* ' : ''}$${Number(cost).toLocaleString('en', digits)}`;
}

function describeUnpriced({ requests, unpriced_requests: unpriced }: Sums): string {
  const text = unpriced === 1 ? 'calls has no price. It is' : 'calls have no price. They are';
  return `* ${unpriced} of ${requests} ${text} not free: the cost leaves ${unpriced === 1 ? 'it' : 'them'} out.`;
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  const align = (cell: string, column: number) =>
    column < FIRST_FIGURE ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}
