import type { Metrics } from '../telemetry/metrics.ts';
import type { JournalDeps } from './journal.ts';

/** Measures how long appends to the journal take, and how many are under way. */
export function createAppendMeter(
  metrics: Pick<Metrics, 'journalAppendDuration' | 'journalEvents' | 'journalAppendsWaiting'>,
): NonNullable<JournalDeps['beginAppend']> {
  return (events) => {
    const startedMs = performance.now();
    metrics.journalAppendsWaiting.inc();
    return (outcome) => {
      metrics.journalAppendsWaiting.dec();
      metrics.journalAppendDuration.observe({ outcome }, (performance.now() - startedMs) / 1000);
      if (outcome === 'stored') metrics.journalEvents.inc(events);
    };
  };
}
