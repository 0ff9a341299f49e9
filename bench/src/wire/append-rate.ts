import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import { openBenchJournal } from './bench-journal.ts';
import { createSampleEvent } from './sample-event.ts';

export interface AppendRateOptions {
  /** `sqlite:PATH` or `postgres://…`; new sessions are created in it. */
  url: string;
  /** Sessions that append at the same time. Each appends its next event when the last one is durable. */
  sessions: number;
  durationMs: number;
  /** Appends per second over all sessions; without a limit by default. */
  ratePerSecond?: number;
  /** The size of an event's text in bytes. Default 500. */
  textBytes?: number;
}

export interface AppendRate {
  appends: number;
  appendsPerSecond: number;
  /** The time from the call until the event is durable and published, in milliseconds, one per append. */
  latenciesMs: number[];
  /** The delay of timers in milliseconds, which shows how appending affects other work. */
  loopDelayP99Ms: number;
  loopDelayMaxMs: number;
}

const DELAY_RESOLUTION_MS = 1;

/** Measures how many single events a journal makes durable per second, and the effect on the event loop. */
export async function measureAppendRate(options: AppendRateOptions): Promise<AppendRate> {
  const { durationMs, ratePerSecond, textBytes = 500 } = options;
  await using bench = await openBenchJournal(options.url, options.sessions);
  const latenciesMs: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;

  const append = async ({ id, fence }: { id: string; fence: number }) => {
    const askedAt = performance.now();
    await bench.journal.append({ sessionId: id, fence, events: [createSampleEvent(textBytes)] });
    latenciesMs.push(performance.now() - askedAt);
  };

  delay.enable();
  if (ratePerSecond === undefined) {
    await Promise.all(
      bench.sessions.map(async (session) => {
        while (performance.now() < endsAt) await append(session);
      }),
    );
  } else {
    const running: Promise<void>[] = [];
    for (let next = 0; performance.now() < endsAt;) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * ratePerSecond);
      for (; next < due; next += 1) {
        const session = bench.sessions[next % bench.sessions.length];
        if (session) running.push(append(session));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(running);
  }
  const elapsedMs = performance.now() - startedAt;
  delay.disable();
  return {
    appends: latenciesMs.length,
    appendsPerSecond: (latenciesMs.length * 1000) / elapsedMs,
    latenciesMs,
    // The histogram counts the whole interval between two timers; the part above the interval is the delay.
    loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS),
    loopDelayMaxMs: Math.max(0, delay.max / 1e6 - DELAY_RESOLUTION_MS),
  };
}
