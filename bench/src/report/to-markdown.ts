import type { Comparison } from './comparison.ts';
import type { Report } from './report.ts';

/** The report as a page: what was promised, then every figure, then the machine. */
export function toMarkdown(report: Report): string {
  const { machine } = report;
  return [
    '# Benchmark',
    '',
    `${report.startedAt.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}, ${report.quick ? 'quick run' : 'full run'} of ${Math.round(report.durationSeconds)} s.`,
    'Bare Agent SDK and platform took turns in one run, in front of the same scripted model, which answers at once: with a',
    'real model its own time comes on top of both sides, and the ratios come closer to 1.',
    '',
    '![Medians and quartiles](latest.svg)',
    '',
    '## Against the bare SDK',
    '',
    'Ratio of medians, with its 95 % interval (bootstrap).',
    '',
    '| | bare or direct | ours | difference | ratio | limit |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...report.comparisons.map((each) => toComparisonRow(each, report)),
    '',
    '## All figures',
    '',
    '| series | samples | median | IQR | p95 | min | max |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...report.series.map(({ id, label, unit, summary }) => {
      const figures = [summary.median, summary.q3 - summary.q1, summary.p95, summary.min, summary.max];
      return `| ${label}<br>\`${id}\` | ${summary.count} | ${figures.map((value) => format(value, unit)).join(' | ')} |`;
    }),
    '',
    'Memory is of the server process alone; agent processes come on top. PSS divides shared pages among their users.',
    '',
    '## Machine',
    '',
    `${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, ${machine.kernel}; Node ${machine.node};`,
    `Agent SDK ${machine.agentSdk} with Claude Code ${machine.cli}; load average before the run ${machine.loadAverage}.`,
    '',
    'Made by `npm run bench`; every sample is in [latest.json](latest.json).',
    '',
  ].join('\n');
}

function toComparisonRow(comparison: Comparison, report: Report): string {
  const { label, ratio, difference, limit } = comparison;
  const find = (id: string) => report.series.find((series) => series.id === id);
  const [baseline, ours] = [find(comparison.baseline), find(comparison.ours)];
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

function format(value: number, unit: string): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
