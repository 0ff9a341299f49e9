import { isRecord, readList, readNumber, readTexts } from './tool-values.ts';

export interface DiffLine {
  sign: '+' | '-' | ' ';
  text: string;
  oldNumber: number | null;
  newNumber: number | null;
}

export interface DiffHunk {
  lines: readonly DiffLine[];
}

export interface Hunk {
  oldStart: number;
  newStart: number;
  lines: readonly string[];
}

/** Reads `structuredPatch` from the output of Edit or Write; empty if there is none. */
export function readPatch(structured: unknown): readonly Hunk[] {
  return readList(structured, 'structuredPatch').flatMap((entry) => {
    if (!isRecord(entry)) return [];
    return [
      {
        oldStart: readNumber(entry, 'oldStart') ?? 1,
        newStart: readNumber(entry, 'newStart') ?? 1,
        lines: readTexts(entry, 'lines'),
      },
    ];
  });
}

/** Numbers the lines of hunks. */
export function toDiffHunks(hunks: readonly Hunk[]): readonly DiffHunk[] {
  return hunks.map((hunk) => {
    let oldNumber = hunk.oldStart;
    let newNumber = hunk.newStart;
    const lines: DiffLine[] = [];
    for (const line of hunk.lines) {
      const sign = line[0];
      const text = line.slice(1);
      if (sign === '+') lines.push({ sign, text, oldNumber: null, newNumber: newNumber++ });
      else if (sign === '-') lines.push({ sign, text, oldNumber: oldNumber++, newNumber: null });
      else if (sign === ' ') lines.push({ sign, text, oldNumber: oldNumber++, newNumber: newNumber++ });
    }
    return { lines };
  });
}

export function countChanges(hunks: readonly DiffHunk[]): { added: number; removed: number } {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    added: lines.filter((line) => line.sign === '+').length,
    removed: lines.filter((line) => line.sign === '-').length,
  };
}

export interface DiffPair {
  left: DiffLine | null;
  right: DiffLine | null;
}

/** Pairs removed lines with the added lines that replaced them. */
export function toPairs(lines: readonly DiffLine[]): readonly DiffPair[] {
  const pairs: DiffPair[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      pairs.push({ left: removed[index] ?? null, right: added[index] ?? null });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.sign === '-') {
      if (added.length > 0) flush();
      removed.push(line);
    } else if (line.sign === '+') added.push(line);
    else {
      flush();
      pairs.push({ left: line, right: line });
    }
  }
  flush();
  return pairs;
}
