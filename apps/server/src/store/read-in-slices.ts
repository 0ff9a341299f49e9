import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

import type { RepositoryContext } from './repository-context.ts';

/** From `from` to before `to`, as stored. */
export interface TimeSlice {
  from: string;
  to: string;
}

/**
 * How long a statement may block SQLite's only connection, and with it the event loop. Reading 5,000 rows of model
 * requests takes about this.
 */
const STEP_TARGET_MS = 15;
const FIRST_STEP_MS = 3_600_000;
/** A step that meets no rows says nothing about the next one. */
const MAX_GROWTH = 4;

/**
 * Reads a time in slices, one after the other, so that other work runs in between: each as long as takes a few
 * milliseconds. PostgreSQL blocks nothing here, and gets the whole time at once.
 */
export async function readInSlices(
  kind: RepositoryContext['kind'],
  { from, to }: TimeSlice,
  read: (slice: TimeSlice) => Promise<void>,
): Promise<void> {
  if (kind === 'postgres') return read({ from, to });
  let lengthMs = FIRST_STEP_MS;
  let start = from;
  while (start < to) {
    const endMs = Date.parse(start) + lengthMs;
    const end = endMs < Date.parse(to) ? new Date(endMs).toISOString() : to;
    const startedAt = performance.now();
    await read({ from: start, to: end });
    const tookMs = performance.now() - startedAt;
    const growth = Math.min(MAX_GROWTH, Math.max(1 / MAX_GROWTH, STEP_TARGET_MS / tookMs));
    lengthMs = Math.max(1, Math.round(lengthMs * growth));
    start = end;
    // SQLite answers within the same turn of the event loop.
    if (start < to) await setImmediate();
  }
}
