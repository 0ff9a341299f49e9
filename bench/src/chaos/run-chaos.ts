import { inspect } from 'node:util';

import { startServer } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';

import { createTally, type Tally } from '../soak/tally.ts';
import { runRound } from './run-round.ts';
import { planOf, type Step } from './step.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

export interface ChaosOptions {
  /** The Messages API behind the server, which must be able to recall: `toModelReply`. */
  upstreamUrl: string;
  /** `postgres://…`; SQLite when left out. */
  databaseUrl?: string | undefined;
  /** The same seed gives the same plans. The timing of their steps depends on the machine. */
  seed: number;
  /** Rounds run until this many faults were made. */
  faults: number;
  /** Steps of one round, about two thirds of which are faults. Default 300. */
  stepsPerRound?: number;
  /** How long to search for a shorter plan that also fails, in milliseconds. Default 120,000. */
  shrinkMs?: number;
  signal?: AbortSignal;
  /** Receives the counts; a new tally by default. */
  tally?: Tally;
  onRound?: (counts: Readonly<Record<string, number>>) => void;
}

const ENVIRONMENT = {
  ...NO_RATE_LIMITS,
  CLAUDE_SDK_PATTERN_MAX_SESSIONS: '2',
  CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
  CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '1',
  CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn',
};
const SHRINK_RUNS = 12;
/** How many steps of a plan the report shows. */
const MAX_PLAN_CHARS = 2000;

/**
 * Runs rounds of faults against a real server until the number of faults is reached. A failed round is repeated from
 * its seed with ever shorter plans for a limited time; the report contains the shortest plan that failed.
 */
export async function runChaos(options: ChaosOptions): Promise<Tally> {
  const { seed, faults, stepsPerRound = 300, tally = createTally(), signal } = options;
  const environment = {
    ...ENVIRONMENT,
    ...(options.databaseUrl !== undefined && { CLAUDE_SDK_PATTERN_DATABASE_URL: options.databaseUrl }),
  };
  await using server = await startServer({ upstreamUrl: options.upstreamUrl, environment });
  const target = countFaults(tally.counts) + faults;
  let shrinkMs = options.shrinkMs ?? 120_000;
  const isAborted = () => signal?.aborted === true;
  for (let round = 1; countFaults(tally.counts) < target && !isAborted(); round += 1) {
    let attempts = 0;
    const play = async (steps: readonly Step[]) => {
      attempts += 1;
      const first = attempts === 1;
      const own = createTally();
      const name = `s${seed}r${round}${first ? '' : `t${attempts}`}`;
      try {
        await runRound({ server, name, steps, tally: own });
      } catch (error) {
        own.problem('rounds.broken', `${name}: ${inspect(error)}`);
        // If the failed round has killed the server, it is started again for the next round.
        await server.restart();
      }
      if (first) merge(tally, own);
      if (own.problems.length > 0) throw new Error(own.problems.join('\n'));
    };
    const plan = planOf(Math.min(stepsPerRound, Math.ceil((target - countFaults(tally.counts)) * 1.6) + 10));
    const startedAt = Date.now();
    const checked = await fc.check(
      fc.asyncProperty(plan, async (steps) => {
        const isShrinking = attempts > 0;
        if (isShrinking && (attempts > SHRINK_RUNS || Date.now() - startedAt > shrinkMs)) return;
        await play(steps);
      }),
      { seed: seed * 10_000 + round, numRuns: 1, endOnFailure: shrinkMs === 0 },
    );
    if (checked.failed) {
      // Only one failure is shortened, because most failures of a run have the same cause.
      shrinkMs = 0;
      const shortest = checked.counterexample?.[0] ?? [];
      const shown = JSON.stringify(shortest).slice(0, MAX_PLAN_CHARS);
      tally.problem(
        'rounds.failed',
        `round ${round} of seed ${seed}; shortest plan of ${shortest.length} steps: ${shown}`,
      );
    }
    options.onRound?.(tally.counts);
  }
  // Nobody is told about requests in progress when a server stopped; the next server completes them.
  const isOfStop = (line: string) => line.includes('The store is closed');
  const crashes = server.logs
    .split('\n')
    .filter((line) => /"level":"(?:error|fatal)"|uncaught/i.test(line) && !isOfStop(line));
  for (const line of crashes) tally.problem('server.errors', line.slice(0, 500));
  return tally;
}

/** The number of faults of all kinds. */
export function countFaults(counts: Readonly<Record<string, number>>): number {
  const isFault = (name: string) => name.startsWith('fault.') && !HARMLESS.has(name);
  return Object.entries(counts).reduce((sum, [name, count]) => sum + (isFault(name) ? count : 0), 0);
}

/** The steps between faults. */
const HARMLESS: ReadonlySet<string> = new Set(['fault.send', 'fault.create', 'fault.update']);

function merge(into: Tally, own: Tally): void {
  const sentences = new Map<string, string[]>();
  for (const problem of own.problems) {
    const name = /^\S+ ([\w.]+): /.exec(problem)?.[1] ?? 'problems';
    sentences.set(name, [...(sentences.get(name) ?? []), problem]);
  }
  for (const [name, count] of Object.entries(own.counts)) {
    const told = sentences.get(name) ?? [];
    for (const sentence of told) into.problem(name, sentence.slice(sentence.indexOf(': ') + 2));
    into.add(name, count - told.length);
  }
}
