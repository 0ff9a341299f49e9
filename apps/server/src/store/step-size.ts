import type { Store } from './port.ts';

/** How many rows the next step takes, by how long the last one took. */
export interface StepSize {
  readonly rows: number;
  note(tookMs: number): void;
}

/**
 * How long the statement of a step may block SQLite's only connection, and with it the event loop. The commit takes
 * more.
 */
const STEP_TARGET_MS = 2;
const FIRST_STEP_ROWS = 50;
/** A statement has a fixed cost, and may have been slow for another reason: smaller steps would never end. */
const MIN_STEP_ROWS = 10;
const MAX_STEP_ROWS = 500;

/** Sizes the steps of long work, so that other work runs in between: a row may have a hundred bytes or a megabyte. */
export function createStepSize(kind: Store['kind']): StepSize {
  // PostgreSQL blocks nothing here, and most of its time is the round trip.
  let rows = kind === 'postgres' ? MAX_STEP_ROWS : FIRST_STEP_ROWS;
  return {
    get rows() {
      return rows;
    },
    note(tookMs) {
      if (kind === 'postgres') return;
      const fitting = Math.floor((rows * STEP_TARGET_MS) / Math.max(tookMs, STEP_TARGET_MS / 2));
      rows = Math.min(MAX_STEP_ROWS, Math.max(MIN_STEP_ROWS, fitting));
    },
  };
}
