import { holds, type Fact, type Table } from '../findings.ts';
import type { Comparison } from './comparison.ts';
import { findSeries, type Report, type Section } from './report.ts';

/** The report as a page: the limits first, then every figure, then the machine. */
export function toMarkdown(report: Report): string {
  const { machine } = report;
  return [
    `# ${report.title}`,
    '',
    `${report.startedAt.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}, ${report.quick ? 'quick run' : 'full run'} of ${Math.round(report.durationSeconds)} s.`,
    ...toIntroduction(report),
    ...toComparisons(report),
    ...report.sections.flatMap(toSectionLines),
    '## Machine',
    '',
    `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.kernel}; Node ${machine.node};`,
    `Agent SDK ${machine.agentSdk} with Claude Code ${machine.cli}; load average before the run ${machine.loadAverage}.`,
    '',
    `Made by \`npm run bench\`; every sample is in [${report.name}.json](${report.name}.json).`,
    '',
  ].join('\n');
}

/** The paragraph on both sides is only useful if the report compares with the bare SDK. */
function toIntroduction({ comparisons }: Report): string[] {
  if (comparisons.length === 0) return [''];
  return [
    'Bare Agent SDK and platform took turns in one run, in front of the same scripted model, which answers at once: with a',
    'real model its own time comes on top of both sides, and the ratios come closer to 1.',
    '',
  ];
}

function toComparisons(report: Report): string[] {
  if (report.comparisons.length === 0) return [];
  return [
    `![Medians and quartiles](${report.name}.svg)`,
    '',
    '## Against the bare SDK',
    '',
    'Ratio of medians, with its 95 % interval (bootstrap).',
    '',
    '| | bare or direct | ours | difference | ratio | limit |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...report.comparisons.map((each) => toComparisonRow(each, report)),
    '',
  ];
}

function toComparisonRow(comparison: Comparison, report: Report): string {
  const { label, ratio, difference, limit } = comparison;
  const [baseline, ours] = [findSeries(report, comparison.baseline), findSeries(report, comparison.ours)];
  if (baseline === undefined || ours === undefined) return '';
  const cells = [
    label,
    format(baseline.summary.median, baseline.unit),
    format(ours.summary.median, ours.unit),
    `${difference < 0 ? '−' : '+'}${format(Math.abs(difference), ours.unit)}`,
    `**${ratio.value.toFixed(2)}** (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`,
    limit === undefined ? '' : `${limit.toFixed(2)} ${ratio.value <= limit ? '✔' : '✘'}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function toSectionLines({ title, note, series, facts, tables }: Section): string[] {
  return [
    `## ${title}`,
    '',
    note,
    '',
    ...toSeriesTable(series),
    ...toFactTable(facts),
    ...tables.flatMap(toTableLines),
  ];
}

function toSeriesTable(series: Section['series']): string[] {
  if (series.length === 0) return [];
  return [
    '| series | samples | p50 | p95 | p99 | IQR | min | max |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...series.map(({ id, label, unit, summary }) => {
      const { median, p95, p99, q1, q3, min, max } = summary;
      const figures = [median, p95, p99, q3 - q1, min, max].map((value) => format(value, unit));
      return `| ${label}<br>\`${id}\` | ${summary.count} | ${figures.join(' | ')} |`;
    }),
    '',
  ];
}

/** A table of facts with their limits; empty if there are no facts. */
export function toFactTable(facts: readonly Fact[]): string[] {
  if (facts.length === 0) return [];
  return [
    '| | | at most |',
    '| --- | ---: | ---: |',
    ...facts.map((fact) => {
      const value = `${Number.isInteger(fact.value) ? fact.value : fact.value.toFixed(2)} ${fact.unit}`.trim();
      const kept = holds(fact);
      return `| ${fact.label} | ${value} | ${kept === undefined ? '' : `${fact.atMost} ${kept ? '✔' : '✘'}`} |`;
    }),
    '',
  ];
}

export function toTableLines({ title, columns, rows }: Table): string[] {
  return [
    `**${title}**`,
    '',
    `| ${columns.join(' | ')} |`,
    `| ${columns.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ];
}

function format(value: number, unit: string): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
