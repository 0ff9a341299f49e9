import type { ToolItem } from '../../session/items.ts';
import { computeHunks } from '../tools/compute-hunks.ts';
import { categoryOf } from '../tools/describe-tool.ts';
import { toDiffHunks, type Hunk } from '../tools/diff-hunks.ts';
import { isRecord, readList, readText } from '../tools/tool-values.ts';

/** A line of a review, or a part of a very long line. */
export interface ReviewRow {
  /** Null for the continuation of a line, and where line numbers mean nothing. */
  number: number | null;
  sign: '+' | '-' | ' ' | '';
  text: string;
  /** True where a change leaves out the lines between this row and the one before. */
  gap?: boolean;
  /** How many empty lines this row replaces. */
  emptyLines?: number;
}

/** The full effect of a call, line by line. */
export interface Review {
  rows: readonly ReviewRow[];
  /** The number of lines, however many rows show them. */
  lines: number;
  /** The full text, for the copy button. */
  text: string;
}

/** At this length two or three rows fill a line of a wide screen, and one row fills several lines of a phone. */
const MAX_ROW_CHARS = 160;
/** More empty lines than this are replaced by one row, because they would push the next line off screen. */
const MAX_EMPTY_LINES = 3;

/**
 * The rows that a person has to see before they allow a call. Pure.
 *
 * @param changes what writing a file changes in it; null for a new file, and where that is not known
 */
export function toReview(
  tool: Pick<ToolItem, 'name' | 'server' | 'input'>,
  changes: readonly Hunk[] | null = null,
): Review {
  const category = categoryOf(tool);
  const { input } = tool;
  const command = readText(input, 'command');
  if (category === 'command' && command !== '') return ofText(command, '');
  if (category === 'write' && changes !== null) return ofHunks(changes, true);
  if (category === 'write') return ofText(readText(input, 'content').replace(/\n$/, ''), '+');
  if (category === 'edit' && tool.name !== 'NotebookEdit') return ofChange(input);
  return ofText(toValueLines(input).join('\n'), '', false);
}

function ofText(text: string, sign: ReviewRow['sign'], numbered = true): Review {
  const lines = text.split('\n');
  const rows: ReviewRow[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const number = numbered && lines.length > 1 ? at + 1 : null;
    const empty = countEmptyFrom(lines, at);
    if (empty > MAX_EMPTY_LINES) {
      rows.push({ number, sign, text: '', emptyLines: empty });
      at += empty - 1;
    } else rows.push(...cutRow({ number, sign, text: lines[at] ?? '' }));
  }
  return { rows, lines: lines.length, text };
}

function ofChange(input: ToolItem['input']): Review {
  const edits = readList(input, 'edits');
  const pairs = edits.length > 0 ? edits.filter(isRecord) : [input];
  const hunks = pairs.flatMap((pair): readonly Hunk[] => {
    const before = readText(pair, 'old_string');
    const after = readText(pair, 'new_string');
    return (
      computeHunks(before, after) ?? [
        { oldStart: 1, newStart: 1, lines: [...signAll('-', before), ...signAll('+', after)] },
      ]
    );
  });
  // The line numbers of the two texts are not line numbers in the file.
  return ofHunks(hunks, false);
}

function ofHunks(hunks: readonly Hunk[], numbered: boolean): Review {
  const rows = toDiffHunks(hunks).flatMap(({ lines }, hunk) =>
    lines.flatMap(({ sign, text, oldNumber, newNumber }, index) =>
      cutRow({ number: numbered ? (newNumber ?? oldNumber) : null, sign, text, gap: hunk > 0 && index === 0 }),
    ),
  );
  const text = hunks.flatMap((hunk) => hunk.lines).join('\n');
  return { rows, lines: hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0), text };
}

function signAll(sign: string, text: string): string[] {
  return text.split('\n').map((line) => sign + line);
}

function countEmptyFrom(lines: readonly string[], at: number): number {
  let count = 0;
  while (at + count < lines.length && (lines[at + count] ?? '').trim() === '') count += 1;
  return count;
}

/** Splits a very long line into rows, at blanks where it has some. Only the first row has the line number. */
function cutRow(row: ReviewRow): ReviewRow[] {
  const rows: ReviewRow[] = [];
  let { text } = row;
  while (text.length > MAX_ROW_CHARS) {
    const blank = text.lastIndexOf(' ', MAX_ROW_CHARS - 1);
    let at = blank > MAX_ROW_CHARS / 2 ? blank + 1 : MAX_ROW_CHARS - (isLowHalf(text, MAX_ROW_CHARS) ? 1 : 0);
    // A run of blanks is not cut, because it is marked as a whole.
    if (isBlank(text, at - 1)) while (isBlank(text, at)) at += 1;
    rows.push({ ...row, text: text.slice(0, at), ...(rows.length > 0 && { number: null, gap: false }) });
    text = text.slice(at);
  }
  rows.push({ ...row, text, ...(rows.length > 0 && { number: null, gap: false }) });
  return rows;
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

function isLowHalf(text: string, at: number): boolean {
  return /[\uDC00-\uDFFF]/.test(text.charAt(at));
}

/**
 * Names and values, one a line. The lines of a longer value start with a bar, so that none of them looks like a name.
 */
function toValueLines(value: unknown, indent = ''): string[] {
  const entries = Array.isArray(value)
    ? value.map((entry, index) => [String(index + 1), entry] as const)
    : Object.entries(isRecord(value) ? value : {});
  return entries.flatMap(([name, entry]: readonly [string, unknown]) => {
    const head = `${indent}${name.replaceAll('\n', '\u2424')}:`;
    if (typeof entry === 'string') {
      if (!entry.includes('\n')) return [`${head} ${entry}`];
      return [head, ...entry.split('\n').map((line) => `${indent}  │ ${line}`)];
    }
    const inner = toValueLines(entry, `${indent}  `);
    return inner.length > 0 ? [head, ...inner] : [`${head} ${JSON.stringify(entry)}`];
  });
}
