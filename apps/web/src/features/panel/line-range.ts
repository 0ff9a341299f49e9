import type { DiffHunk, DiffLine } from '../tools/diff-hunks.ts';

/** A line of a difference. */
export interface Place {
  /** Whether the line is one that is gone. */
  side: 'old' | 'new';
  /** Of that side. */
  line: number;
}

/** Lines that follow each other on the screen, from top to bottom; one line has the same place twice. */
export interface LineRange {
  from: Place;
  to: Place;
}

export interface ShownLines {
  hunks: readonly DiffHunk[];
  /** Side by side, only lines of one side follow each other. */
  split: boolean;
}

export function toPlace({ sign, oldNumber, newNumber }: DiffLine): Place {
  return sign === '-' ? { side: 'old', line: oldNumber ?? 0 } : { side: 'new', line: newNumber ?? 0 };
}

export function toKey({ side, line }: Place): string {
  return `${side}:${line}`;
}

export const toOneLine = (place: Place): LineRange => ({ from: place, to: place });

/** From one line to another, whichever is above. Only the second line where there is something between that is not shown. Pure. */
export function toRange(shown: ShownLines, one: Place, other: Place): LineRange {
  const [first, second] = [one, other].map((place) => locate(shown, place));
  if (first === undefined || second === undefined || first.run !== second.run) return toOneLine(other);
  return first.at <= second.at ? { from: one, to: other } : { from: other, to: one };
}

/** The lines of a range. Pure. */
export function linesOf(shown: ShownLines, { from, to }: LineRange): readonly DiffLine[] {
  const [first, last] = [from, to].map((place) => locate(shown, place));
  if (first === undefined || last === undefined || first.run !== last.run) return last === undefined ? [] : [last.line];
  return first.lines.slice(first.at, last.at + 1);
}

/** The range with the line above; null where there is none. Pure. */
export function widen(shown: ShownLines, { from, to }: LineRange): LineRange | null {
  const first = locate(shown, from);
  const above = first?.lines[first.at - 1];
  return above === undefined ? null : { from: toPlace(above), to };
}

/** Where a line is among those that follow each other; `run` tells these from others. */
function locate({ hunks, split }: ShownLines, place: Place) {
  const key = toKey(place);
  for (const [run, hunk] of hunks.entries()) {
    const lines = split ? hunk.lines.filter((line) => toPlace(line).side === place.side) : hunk.lines;
    const at = lines.findIndex((line) => toKey(toPlace(line)) === key);
    const line = lines[at];
    if (line !== undefined) return { run: `${run}/${split ? place.side : ''}`, lines, at, line };
  }
  return undefined;
}
