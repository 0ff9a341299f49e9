import { startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';

import { startPart } from '../parts/start-part.ts';
import { createTally } from '../soak/tally.ts';
import { countFaults, runChaos } from './run-chaos.ts';
import { toChaosFindings } from './to-chaos-findings.ts';
import { writeJudgedReport, type Judged } from './write-judged-report.ts';

/** The share of the faults on PostgreSQL. The others use SQLite, the default of an installation. */
const POSTGRES_SHARE = 0.3;

/** Runs faults on both stores and writes the report. Returns the findings and the path of the page. */
export async function benchChaos(options: {
  faults: number;
  seed: number;
  out: string;
  signal: AbortSignal;
}): Promise<{ found: Judged; path: string }> {
  const { faults, seed, out, signal } = options;
  const startedAt = Date.now();
  const tally = createTally();
  const toSeconds = () => (Date.now() - startedAt) / 1000;
  await using model = await startPart<{ url: string }>('serve-recalling-model.ts');
  const shared = {
    ...{ upstreamUrl: model.ready.url, signal, tally },
    onRound: () => console.log(`${countFaults(tally.counts)} faults in ${toSeconds().toFixed(0)} s`),
  };
  await runChaos({ ...shared, seed, faults: Math.ceil(faults * (1 - POSTGRES_SHARE)) });
  tally.add('faults.sqlite', countFaults(tally.counts));
  if (!signal.aborted) {
    await using postgres = await startEmbeddedPostgres();
    const left = faults - countFaults(tally.counts);
    await runChaos({ ...shared, seed: seed + 1000, faults: left, databaseUrl: await postgres.createDatabase() });
  }
  const found = toChaosFindings({
    ran: { seconds: toSeconds(), seed },
    counts: tally.counts,
    problems: tally.problems,
  });
  const intro =
    'Clients of four kinds on real servers, SQLite first, then PostgreSQL; what each saw, was answered, and what the ' +
    'model remembers, held against what is stored.';
  return { found, path: await writeJudgedReport(out, { name: 'chaos', title: 'Chaos on the wire', intro, found }) };
}
