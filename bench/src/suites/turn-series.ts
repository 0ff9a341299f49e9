import { createSeries, type Series } from '../series.ts';
import type { TurnTiming } from '../sides/chat.ts';

/** The two series of a kind of turn: until its first text, and until its end. */
export type TurnSeries = readonly [firstText: Series, completed: Series];

export function createTurnSeries(id: string, label: string): TurnSeries {
  return [createSeries(`${id}.first-text`, label), createSeries(`${id}.completed`, label)];
}

/** Adds one turn to its two series. */
export function add([firstText, completed]: TurnSeries, timing: TurnTiming): void {
  firstText.samples.push(timing.firstTextMs);
  completed.samples.push(timing.completedMs);
}
