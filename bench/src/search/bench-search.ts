import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';
import { sql } from 'kysely';

import { toTsQuery } from '../../../apps/server/src/store/postgres/find-entries.ts';
import { parseQuery } from '../../../apps/server/src/search/parse-query.ts';
import { searchSessions } from '../../../apps/server/src/sessions/search-sessions.ts';
import { openStore } from '../../../apps/server/src/store/open-store.ts';
import type { Store } from '../../../apps/server/src/store/port.ts';
import type { SearchTerm } from '../../../apps/server/src/store/search-query.ts';
import { writeJudgedReport, type Judged } from '../chaos/write-judged-report.ts';
import type { Fact } from '../findings.ts';
import { createRandom } from '../random.ts';
import { fillStore, type Archive } from './fill-store.ts';

const QUERIES = 200;
/** Of 100 queries in a row the slowest five may be slower. */
const AT_MOST_MS = 100;
const AT_MOST_RATIO = 1.5;

/**
 * Fills a store with sessions of a hundred events each, finds what was said in them, and compares that with the engine's own
 * query for the same words, one after the other.
 */
export async function benchSearch(options: {
  sessions: number;
  isPostgres: boolean;
  seed: number;
  out: string;
  signal: AbortSignal;
}): Promise<{ found: Judged; path: string }> {
  const { sessions, isPostgres, seed, out, signal } = options;
  await using stack = new AsyncDisposableStack();
  const postgres = isPostgres ? stack.use(await startEmbeddedPostgres()) : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'csp-search-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const url = (await postgres?.createDatabase()) ?? `sqlite:${join(folder, 'store.db')}`;
  const store = stack.use(await openStore({ url }));
  const random = createRandom(seed);
  const archive = await fillStore(store, { sessions, random, signal });
  await postgres?.query(url, 'vacuum analyze');
  const facts: Fact[] = [
    { id: 'search.sessions', label: `Sessions, with seed ${seed}, ${store.kind}`, value: sessions, unit: '' },
    { id: 'search.events', label: 'Events', value: archive.events, unit: '' },
    { id: 'search.texts', label: 'Of them searched', value: archive.texts, unit: '' },
  ];
  const problems: string[] = [];
  for (const ownerId of ['everyday', 'heavy'] as const) {
    if (signal.aborted) break;
    const measured = await measure(store, archive, { ownerId, random, signal });
    problems.push(...measured.problems);
    const share = `somebody with ${archive.sessionsOf[ownerId]} sessions`;
    facts.push(
      {
        ...{
          id: `search.${ownerId}.p95`,
          label: `p95 of a search by ${share}`,
          value: toPercentile(measured.ours, 95),
        },
        ...{ unit: 'ms', atMost: AT_MOST_MS },
      },
      {
        ...{ id: `search.${ownerId}.engine-p95`, label: 'p95 of the engine’s own query', unit: 'ms' },
        value: toPercentile(measured.engine, 95),
      },
      {
        ...{
          id: `search.${ownerId}.ratio`,
          label: 'One to the other, over all queries',
          unit: '×',
          atMost: AT_MOST_RATIO,
        },
        value: sum(measured.ours) / sum(measured.engine),
      },
      { id: `search.${ownerId}.p50`, label: 'p50', value: toPercentile(measured.ours, 50), unit: 'ms' },
    );
  }
  const found: Judged = { series: [], problems, facts };
  const path = await writeJudgedReport(out, {
    name: isPostgres ? 'search-postgres' : 'search',
    title: 'Search in what was said',
    intro: `${QUERIES} searches of one to three words, phrases and beginnings among them, each beside the engine's own query for the same words in the same scope.`,
    found,
  });
  return { found, path };
}

async function measure(
  store: Store,
  { draw }: Archive,
  { ownerId, random, signal }: { ownerId: string; random: () => number; signal: AbortSignal },
): Promise<{ ours: number[]; engine: number[]; problems: string[] }> {
  const access = { describeAll: () => Promise.resolve([]) };
  const deps = { store, access, toOwnResource: ({ id }: { id: string }) => ({ id }) as never };
  const [ours, engine]: [number[], number[]] = [[], []];
  const problems: string[] = [];
  for (let round = 0; round < QUERIES && !signal.aborted; round += 1) {
    const query = drawQuery(draw, random);
    const terms = parseQuery(query);
    let found = 0;
    let listed = 0;
    const sides = [
      async () => {
        const startedAt = performance.now();
        ({ length: listed } = (await searchSessions(deps, { userId: ownerId }, { query, limit: 20 })).data);
        ours.push(performance.now() - startedAt);
      },
      async () => {
        const startedAt = performance.now();
        found = await askEngine(store, ownerId, terms);
        engine.push(performance.now() - startedAt);
      },
    ];
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side();
    if (found > 0 !== listed > 0) problems.push(`${query}: ${found} places, ${listed} sessions`);
  }
  return { ours, engine, problems };
}

/** The plain query for the newest places with these words. Returns how many it found. */
async function askEngine(store: Store, ownerId: string, terms: readonly SearchTerm[]): Promise<number> {
  if (store.kind === 'sqlite') return (await store.search.find({ ownerId, sessionIds: [] }, terms, 1000)).hits.length;
  const { rows } = await store.transaction(({ database }) =>
    sql`select session_id, seq, kind from search_entries
      where owner_id = ${ownerId} and words @@ ${toTsQuery(terms)}::tsquery
      order by position desc limit 1000`.execute(database),
  );
  return rows.length;
}

function drawQuery(draw: () => string, random: () => number): string {
  const kind = random();
  if (kind < 0.15) return `"${draw()} ${draw()}"`;
  const words = Array.from({ length: 1 + Math.floor(random() * 3) }, draw);
  // As people type: the last word is not finished.
  const last = words.pop() ?? '';
  return [...words, kind < 0.6 ? last.slice(0, Math.max(3, last.length - 2)) : last].join(' ');
}

function toPercentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

function sum(samples: readonly number[]): number {
  return samples.reduce((total, each) => total + each, 0);
}
