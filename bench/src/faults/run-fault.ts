import { setTimeout as delay } from 'node:timers/promises';

import { until, type TestServer } from '@claude-sdk-pattern/testkit';

import { quantile } from '../statistics.ts';
import type { FaultyUpstream } from './faulty-upstream.ts';
import { openWatchedSession, type Said } from './watched-session.ts';

/** What a fault acts on. */
export interface FaultStage {
  server: TestServer;
  upstream: FaultyUpstream;
}

export interface FaultCase {
  name: string;
  /** Returns what ends it. */
  begin(stage: FaultStage): Promise<() => Promise<void> | void>;
  /** How long it lasts. */
  lastsMs: number;
  /** Messages that are said one after the other while it lasts; 1 by default. */
  messages?: number;
}

export interface FaultResult {
  name: string;
  seen: string[];
  /** From the message to its answer or refusal, the longest. */
  waitedMs: number;
  /** From the end of the fault to the end of the next turn with an answer. */
  recoveredMs: number;
  /** p99 of other routes while it lasted; undefined where none were asked. */
  otherP99Ms: number | undefined;
  /** Sentences about what was lost or doubled. */
  problems: string[];
}

const LONGEST_RECOVERY_MS = 60_000;

/** One session meets a fault, while other routes are asked all the time. */
export async function runFault(stage: FaultStage, fault: FaultCase): Promise<FaultResult> {
  const { server, upstream } = stage;
  await using session = await openWatchedSession(server);
  await until('it answers', async () => (await session.say()).isAnswered, LONGEST_RECOVERY_MS);
  const said: Said[] = [];
  const over = new AbortController();
  const probing = probe(server, over.signal);
  const end = await fault.begin(stage);
  const begun = performance.now();
  const talking = (async () => {
    for (let message = 0; message < (fault.messages ?? 1); message += 1) said.push(await session.say());
  })();
  await Promise.race([delay(fault.lastsMs), fault.messages === undefined ? new Promise(() => undefined) : talking]);
  const lastedMs = performance.now() - begun;
  await end();
  const endedAt = performance.now();
  await talking;
  await until('it answers again', async () => (await session.say()).isAnswered, LONGEST_RECOVERY_MS);
  const recoveredMs = performance.now() - endedAt;
  over.abort();
  const others = await probing;
  const problems = await session.findProblems();
  const told = session.acknowledged.filter((token) => upstream.lastTexts.filter((each) => each === token).length !== 1);
  const toldProblems = told.map((token) => `the model was not told ${token} exactly once`);
  console.log(
    `  ${fault.name}: ${(lastedMs / 1000).toFixed(1)} s, ${[...new Set(said.flatMap(({ seen }) => seen))].join(' → ')}`,
  );
  return {
    name: fault.name,
    seen: [...new Set(said.flatMap(({ seen }) => seen))],
    waitedMs: Math.max(...said.map(({ ms }) => ms)),
    ...{ recoveredMs, problems: [...problems, ...toldProblems].map((each) => `${fault.name}: ${each}`) },
    otherP99Ms: quantile(others, 0.99),
  };
}

/** How long a route takes that does not need the model, asked without pause. A failure counts as no answer. */
async function probe(server: TestServer, signal: AbortSignal): Promise<number[]> {
  const samples: number[] = [];
  while (!signal.aborted) {
    const startedAt = performance.now();
    await server.fetch('/health/live').then(
      (answer) => answer.text(),
      () => undefined,
    );
    samples.push(performance.now() - startedAt);
    await delay(10);
  }
  return samples;
}
