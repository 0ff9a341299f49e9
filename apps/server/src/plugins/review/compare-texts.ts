import type { PluginTextDiff } from '@claude-sdk-pattern/protocol';
import { structuredPatch } from 'diff';

import { cutText, type Room } from './room.ts';

const MAX_LINES = 400;
const MAX_LINE_CHARS = 2000;
/** Of one text. Comparing holds the whole server up: what takes longer is shown as replaced. */
const MAX_MS = 40;
/** Changed lines; comparing takes their square. */
const MAX_EDITS = 2000;
const CONTEXT_LINES = 3;

type Hunk = PluginTextDiff['hunks'][number];

/**
 * A unified difference of two texts, bounded in time and length. Line ends of Windows count as those of Unix.
 * @param room It takes what it uses.
 * @returns Without hunks where the lines are the same.
 */
export function compareTexts(
  before: string,
  after: string,
  { room, maxLines = MAX_LINES }: { room: Room; maxLines?: number },
): PluginTextDiff {
  const [old, next] = [before.replaceAll('\r\n', '\n'), after.replaceAll('\r\n', '\n')];
  const all = old === next ? [] : (toHunks(old, next, room) ?? toReplaced(old, next));
  const lines = all.flatMap((hunk) => hunk.lines);
  const hunks: Hunk[] = [];
  let shown = 0;
  for (const hunk of all) {
    const kept: string[] = [];
    for (const line of hunk.lines) {
      if (shown === maxLines || room.left <= 0) break;
      const cut = cutText(line, MAX_LINE_CHARS);
      room.left -= cut.length;
      shown += 1;
      kept.push(cut);
    }
    if (kept.length > 0) hunks.push({ ...hunk, lines: kept });
    if (kept.length < hunk.lines.length) break;
  }
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return { hunks, added: count('+'), removed: count('-'), left_off: lines.length - shown };
}

/** Undefined where comparing takes too long. */
function toHunks(before: string, after: string, room: Room): Hunk[] | undefined {
  const timeout = Math.min(MAX_MS, room.ms);
  // Of a text that is new or gone every line is, and nothing has to be compared.
  if (before === '' || after === '' || timeout <= 0) return undefined;
  const startedAt = performance.now();
  const limits = { context: CONTEXT_LINES, timeout, maxEditLength: MAX_EDITS };
  const patch = structuredPatch('', '', before, after, '', '', limits);
  room.ms -= performance.now() - startedAt;
  return patch?.hunks.map(({ oldStart, newStart, lines }) => ({
    ...{ old_start: oldStart, new_start: newStart, lines },
  }));
}

function toReplaced(before: string, after: string): Hunk[] {
  const sign = (mark: string, text: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => mark + line);
  return [{ old_start: 1, new_start: 1, lines: [...sign('-', before), ...sign('+', after)] }];
}
