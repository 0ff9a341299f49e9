import type { Store } from './port.ts';

/** How many rows the next step takes, by how long the last one took. */
export interface StepSize {
  readonly rows: number;
  note(tookMs: number): void;
}

/** How long the statement of a step should hold SQLite's only connection, and with it the event loop; its commit comes on top. */
const STEP_TARGET_MS = 2;
const FIRST_STEP_ROWS = 50;
/** A statement has its price, and may have been slow for another reason: fewer would never come to an end. */
const MIN_STEP_ROWS = 10;
const MAX_STEP_ROWS = 500;

/** For long work in steps, with everybody else's between two of them: a row may be a hundred bytes or a megabyte. */
export function createStepSize(kind: Store['kind']): StepSize {
  // PostgreSQL holds up nobody here, and its time is mostly the way there and back.
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
