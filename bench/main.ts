import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readMachine } from './src/machine.ts';
import { startPart } from './src/parts/start-part.ts';
import { createReport } from './src/report/report.ts';
import { toMarkdown } from './src/report/to-markdown.ts';
import { toSvg } from './src/report/to-svg.ts';
import type { BenchContext, Series } from './src/series.ts';
import { measureFirstTurns } from './src/suites/first-turn.ts';
import { measureGatewayLatency } from './src/suites/gateway-latency.ts';
import { measureLaterTurns } from './src/suites/later-turns.ts';
import { measureServerMemory } from './src/suites/server-memory.ts';

const SUITES: Readonly<Record<string, (context: BenchContext) => Promise<Series[]>>> = {
  'later-turns': measureLaterTurns,
  'first-turns': measureFirstTurns,
  gateway: measureGatewayLatency,
  memory: measureServerMemory,
};

const HELP = `Measures the platform beside the bare Agent SDK, offline, and writes bench/reports/latest.{json,md,svg}.

  npm run bench -- [--quick] [--out DIRECTORY] [SUITE …]

  --quick   fewer samples, for a first look (under 90 s)
  --out     another folder for the report
  SUITE     ${Object.keys(SUITES).join(', ')} (default: all)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, 'reports') },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await run(values.out, values.quick, positionals);

async function run(folder: string, quick: boolean, names: readonly string[]): Promise<void> {
  const startedAt = new Date();
  const machine = readMachine();
  const series = await measure(names.length > 0 ? names : Object.keys(SUITES), quick);
  const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
  const report = createReport({ startedAt: startedAt.toISOString(), durationSeconds, quick, machine }, series);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'latest.json'), `${JSON.stringify(report, undefined, 1)}\n`);
  await writeFile(join(folder, 'latest.md'), toMarkdown(report));
  await writeFile(join(folder, 'latest.svg'), toSvg(report));
  for (const { label, ratio, limit } of report.comparisons) {
    const verdict = limit === undefined ? '' : ratio.value <= limit ? `  ✔ at most ${limit}` : `  ✘ more than ${limit}`;
    console.log(`${ratio.value.toFixed(2).padStart(6)} ×  ${label}${verdict}`);
  }
  console.log(`Report: ${join(folder, 'latest.md')}`);
}

async function measure(names: readonly string[], quick: boolean): Promise<Series[]> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopped.abort(new Error(`Stopped by ${signal}; nothing was written`)));
  }
  await using model = await startPart<{ url: string }>('serve-model.ts');
  const series: Series[] = [];
  for (const name of names) {
    const suite = SUITES[name];
    if (suite === undefined) throw new Error(`There is no suite ${name}; there are: ${Object.keys(SUITES).join(', ')}`);
    console.log(`Measuring ${name} …`);
    series.push(...(await suite({ modelUrl: model.ready.url, quick, signal: stopped.signal })));
  }
  return series;
}
