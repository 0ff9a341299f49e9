import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { benchChaos } from './src/chaos/bench-chaos.ts';
import type { Judged } from './src/chaos/write-judged-report.ts';
import { holds, type Fact } from './src/findings.ts';
import { benchFaults } from './src/faults/bench-faults.ts';
import { benchFuzz } from './src/fuzz/bench-fuzz.ts';
import { benchImage } from './src/image/bench-image.ts';
import { benchProxies } from './src/proxies/bench-proxies.ts';
import { benchLedger } from './src/ledger/bench-ledger.ts';
import { readMachine } from './src/machine.ts';
import { startPart } from './src/parts/start-part.ts';
import { benchSearch } from './src/search/bench-search.ts';
import { createReport, toSection, type Report, type Section } from './src/report/report.ts';
import { toMarkdown } from './src/report/to-markdown.ts';
import { toSvg } from './src/report/to-svg.ts';
import { benchRepositories } from './src/repositories/bench-repositories.ts';
import { runSoak } from './src/soak/run-soak.ts';
import { writeSoakReport } from './src/soak/write-soak-report.ts';
import { REPORT_TITLES, SUITES } from './src/suites/all-suites.ts';

const HELP = `Measures the platform beside the bare Agent SDK, offline, and writes bench/reports/{latest,processes,wire,web}.{json,md,svg}.

  npm run bench -- [--quick] [--sessions N] [--out DIRECTORY] [SUITE …]

  --quick     fewer samples, for a first look (under 90 s)
  --sessions  how many sessions the suite hibernation makes (default 500; 12 with --quick)
  --out       another folder for the report
  SUITE       ${toSuiteNames('latest')} (default: these),
              ${toSuiteNames('processes')},
              ${toSuiteNames('wire')},
              ${toSuiteNames('web')};
              latest, processes, wire or web for all of a line

  npm run bench -- soak [--minutes N] [--seed N] [--out DIRECTORY]

  Keeps a server busy, and makes trouble, for 15 minutes or as long as said; writes soak.{json,md}. Ctrl-C ends it early,
  with its report.

  npm run bench -- chaos [--faults N] [--seed N] [--out DIRECTORY]

  Breaks connections, repeats frames and kills servers, 10,000 times or as often as said; writes chaos.{json,md}.

  npm run bench -- faults [--quick] [--out DIRECTORY] [NAME …]

  Lets a session meet every fault of the model API, the disk, the database and the clock; NAME for those only whose name
  has this part; writes faults.{json,md}.

  npm run bench -- ledger [--quick] [--postgres] [--seed N] [--out DIRECTORY]

  Makes 10,000 model calls (500 with --quick) with failures and kills, and compares what is recorded with what was
  charged; writes ledger.{json,md}, with PostgreSQL ledger-postgres.{json,md}.

  npm run bench -- search [--quick] [--postgres] [--sessions N] [--seed N] [--out DIRECTORY]

  Finds what was said in 100,000 sessions of a hundred events (2,000 with --quick); writes search.{json,md}, with PostgreSQL
  search-postgres.{json,md}.

  npm run bench -- fuzz [--inputs N] [--seed N] [--out DIRECTORY]

  Sends malformed frames and requests, 200,000 or as many as said; writes fuzz.{json,md}.

  npm run bench -- image [--out DIRECTORY]

  Builds the image, starts the compose file, uses and stops it; writes image.{json,md}. As root, with docker.io, debootstrap and Docker Compose 2.
  npm run bench -- proxies [--out DIRECTORY]
  Uses the server through Caddy and Traefik, with the configurations of deploy/ and of the guide; writes proxies.{json,md}.

  npm run bench -- repositories [--quick] [--out DIRECTORY]

  Opens sessions on a repository of 1 GB and 50,000 files (100 MB, 5,000 with --quick) beside git clone and git worktree;
  writes repositories.{json,md}.
`;

const REPORTS = join(import.meta.dirname, 'reports');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    sessions: { type: 'string' },
    minutes: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '10000' },
    inputs: { type: 'string', default: '200000' },
    out: { type: 'string', default: REPORTS },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else if (positionals.includes('soak')) await soak();
else if (positionals.includes('chaos')) await judge(benchChaos, { faults: Number(values.faults) });
else if (positionals.includes('ledger'))
  await judge(benchLedger, {
    calls: values.quick ? 500 : 10_000,
    isPostgres: values.postgres,
  });
else if (positionals.includes('search'))
  await judge(benchSearch, {
    sessions: Number(values.sessions ?? (values.quick ? 2000 : 100_000)),
    isPostgres: values.postgres,
  });
else if (positionals[0] === 'faults') await judge(benchFaults, toFaultOptions(positionals.slice(1)));
else if (positionals.includes('fuzz')) await judge(benchFuzz, { inputs: Number(values.inputs) });
else if (positionals.includes('image')) await tryOut(benchImage);
else if (positionals.includes('proxies')) await tryOut(benchProxies);
else if (positionals.includes('repositories'))
  await tryOut(({ out }) => benchRepositories({ quick: values.quick, out }));
else await run(positionals.length > 0 ? positionals : ['latest']);

function toFaultOptions(only: string[]) {
  const isWhole = only.length === 0 && values.out === REPORTS;
  return {
    quick: values.quick,
    only,
    doc: isWhole ? join(import.meta.dirname, '../docs/operate/fault-injection.md') : undefined,
  };
}

function toSuiteNames(report: string): string {
  return Object.keys(SUITES)
    .filter((name) => SUITES[name]?.report === report)
    .join(', ');
}

async function run(wanted: readonly string[]): Promise<void> {
  const names = wanted.flatMap((name) => (name in REPORT_TITLES ? toSuiteNames(name).split(', ') : [name]));
  const unknown = names.find((name) => SUITES[name] === undefined);
  if (unknown !== undefined) {
    throw new Error(`There is no suite ${unknown}; there are: ${Object.keys(SUITES).join(', ')}`);
  }
  const { quick, out } = values;
  const machine = readMachine();
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopped.abort(new Error(`Stopped by ${signal}; nothing was written`)));
  }
  await mkdir(out, { recursive: true });
  for (const [name, title] of Object.entries(REPORT_TITLES)) {
    const startedAt = new Date();
    const sections = await measure(
      names.filter((suite) => SUITES[suite]?.report === name),
      stopped.signal,
    );
    if (sections.length === 0) continue;
    const durationSeconds = (Date.now() - startedAt.getTime()) / 1000;
    await write(
      createReport({ name, title, startedAt: startedAt.toISOString(), durationSeconds, quick, machine, sections }),
    );
  }
}

async function soak(): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const found = await runSoak({ minutes: Number(values.minutes), seed: Number(values.seed), signal: stopped.signal });
  const path = await writeSoakReport(values.out, found);
  printFacts(found.facts ?? []);
  for (const problem of found.problems) console.log(problem);
  console.log(`Report: ${path}`);
  if (found.facts?.some((fact) => holds(fact) === false) === true) process.exitCode = 1;
}

/** A suite that passes or fails and compares nothing. Ctrl-C ends it early, with its report. */
async function judge<Options extends object>(
  search: (options: Options & { seed: number; out: string; signal: AbortSignal }) => Promise<{
    found: Judged;
    path: string;
  }>,
  options: Options,
): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const shared = { seed: Number(values.seed), out: values.out, signal: stopped.signal };
  const { found, path } = await search({ ...options, ...shared });
  printFacts(found.facts ?? []);
  for (const problem of found.problems) console.log(problem);
  console.log(`Report: ${path}`);
  if (found.facts?.some((fact) => holds(fact) === false) === true) process.exitCode = 1;
}

/** Something that needs programs which not every machine has; it says so where they are missing. */
async function tryOut(bench: typeof benchImage): Promise<void> {
  const tried = await bench({ out: values.out });
  if (tried === undefined) return;
  const { found, path } = tried;
  printFacts(found.facts ?? []);
  for (const problem of found.problems) console.log(problem);
  console.log(`Report: ${path}`);
  if (found.problems.length > 0 || found.facts?.some((fact) => holds(fact) === false) === true) process.exitCode = 1;
}

async function measure(names: readonly string[], signal: AbortSignal): Promise<Section[]> {
  await using model = await startPart<{ url: string }>('serve-model.ts');
  const sessions = values.sessions === undefined ? undefined : Number(values.sessions);
  const sections: Section[] = [];
  for (const name of names) {
    const suite = SUITES[name];
    if (suite === undefined) continue;
    console.log(`Measuring ${name} …`);
    const context = { modelUrl: model.ready.url, quick: values.quick, sessions, signal };
    sections.push(toSection({ suite: name, title: suite.title, note: suite.note }, await suite.measure(context)));
  }
  return sections;
}

async function write(report: Report): Promise<void> {
  const file = join(values.out, report.name);
  await writeFile(`${file}.json`, `${JSON.stringify(report, undefined, 1)}\n`);
  await writeFile(`${file}.md`, toMarkdown(report));
  await writeFile(`${file}.svg`, toSvg(report));
  for (const { label, ratio, limit } of report.comparisons) {
    const verdict = limit === undefined ? '' : ratio.value <= limit ? `  ✔ at most ${limit}` : `  ✘ more than ${limit}`;
    console.log(`${ratio.value.toFixed(2).padStart(6)} ×  ${label}${verdict}`);
  }
  printFacts(report.sections.flatMap(({ facts }) => facts));
  console.log(`Report: ${file}.md`);
}

function printFacts(facts: readonly Fact[]): void {
  for (const fact of facts) {
    const kept = holds(fact);
    const verdict = kept === undefined ? '' : kept ? `  ✔ at most ${fact.atMost}` : `  ✘ more than ${fact.atMost}`;
    console.log(`${fact.value.toFixed(2).padStart(6)} ${fact.unit}  ${fact.label}${verdict}`);
  }
}
