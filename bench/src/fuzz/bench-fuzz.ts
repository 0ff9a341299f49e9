import { startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';

import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import type { Fact } from '../findings.ts';
import { createTally } from '../soak/tally.ts';
import { countInputs, runFuzz, type FuzzMemory } from './run-fuzz.ts';

/** The share of the inputs on PostgreSQL. The others use SQLite, which accepts texts that PostgreSQL refuses. */
const POSTGRES_SHARE = 0.1;
/**
 * The memory after a garbage collection. `atMost` limits its value at the end divided by that after the first quarter. Resident
 * memory has a wider limit because the C allocator keeps what native code has freed.
 */
const FIGURES = [
  { name: 'heldMb', label: 'Objects and buffers that the server holds', atMost: 1.1 },
  { name: 'rssMb', label: 'Resident memory of the server after a garbage collection', atMost: 1.25 },
] as const;

/** The labels of the counts that must be zero, by their names. */
const MUST_NOT_BE = {
  'frames.wrongId': 'Frames answered with another id',
  'frames.unanswered': 'Frames without an answer',
  'frames.unasked': 'Answers that nobody asked for',
  'frames.taken': 'Frames that fit no schema and were taken',
  'frames.ourFault': 'Frames answered with an error of our own',
  'sockets.wrongCode': 'Broken sockets closed with another code',
  'requests.wrong': 'Requests answered otherwise than the protocol says, 5xx among them',
  'witness.unserved': 'Times that a client beside it all was not served',
  'server.errors': 'Errors that the server logged',
  'server.down': 'Servers that were down at the end',
} as const;

/**
 * Sends malformed frames and requests to both stores and writes the report. Returns the findings and the path of the
 * page.
 */
export async function benchFuzz(options: {
  inputs: number;
  seed: number;
  out: string;
  signal: AbortSignal;
}): Promise<{ found: Judged; path: string }> {
  const { inputs, seed, out, signal } = options;
  const startedAt = Date.now();
  const tally = createTally();
  const shared = { tally, signal, onProgress: (done: number) => console.log(`${done} inputs`) };
  const postgresInputs = Math.round(inputs * POSTGRES_SHARE);
  const { memory } = await runFuzz({ ...shared, seed, inputs: inputs - postgresInputs });
  if (!signal.aborted) {
    await using postgres = await startEmbeddedPostgres();
    const databaseUrl = await postgres.createDatabase();
    await runFuzz({ ...shared, seed: seed + 1000, inputs: postgresInputs, databaseUrl });
  }
  const seconds = (Date.now() - startedAt) / 1000;
  const found = toFuzzFindings({ seconds, seed, counts: tally.counts, problems: tally.problems, memory });
  const intro =
    'Malformed frames, sockets and requests on real servers, SQLite first, then PostgreSQL; each answer held against ' +
    'the wire contract.';
  return { found, path: await writeJudgedReport(out, { name: 'fuzz', title: 'Fuzz of the wire', intro, found }) };
}

/** The final table of a fuzz run. Pure. */
function toFuzzFindings({
  seconds,
  seed,
  counts,
  problems,
  memory,
}: {
  seconds: number;
  seed: number;
  counts: Readonly<Record<string, number>>;
  problems: readonly string[];
  memory: FuzzMemory | undefined;
}): Judged {
  const inputs = countInputs(counts);
  const facts: Fact[] = [
    { id: 'fuzz.inputs', label: `Malformed inputs, with seed ${seed}`, value: inputs, unit: '' },
    { id: 'fuzz.rate', label: 'Inputs per second', value: inputs / seconds, unit: '/s' },
    ...Object.entries(MUST_NOT_BE).map(([name, label]) => ({
      ...{ id: `fuzz.${name}`, label, value: counts[name] ?? 0, unit: '' },
      atMost: 0,
    })),
  ];
  if (memory) facts.push(...toMemoryFacts(memory));
  const rows = Object.entries(counts)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => [name, String(value)]);
  return { series: [], facts, tables: [{ title: 'Everything counted', columns: ['', ''], rows }], problems };
}

/** How much of each figure there is at the end, compared with the first quarter. */
function toMemoryFacts({ warm, end }: FuzzMemory): Fact[] {
  return FIGURES.map(({ name, label, atMost }) => {
    const change = `end (${end[name].toFixed(0)} MB) to the first quarter (${warm[name].toFixed(0)} MB)`;
    return { id: `fuzz.${name}`, label: `${label}, ${change}`, value: end[name] / warm[name], unit: '×', atMost };
  });
}
