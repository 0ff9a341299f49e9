import type { PluginValueChange } from '@claude-sdk-pattern/protocol';

import type { DefinitionLine } from './describe-definition.ts';
import { cutPair, cutText, type Room } from './room.ts';

const MAX_FIELD_CHARS = 200;
/** Of one part; pairing takes their square. */
const MAX_LINES = 100;

/**
 * Pairs the lines of two definitions: first those that are the same, then one after the other those of the same field.
 * @returns Pairs in the order of `after`, then those that are gone, then new ones. Pure, but for `room`, which loses what is used.
 */
export function compareDefinitions(
  before: readonly DefinitionLine[],
  after: readonly DefinitionLine[],
  room: Room,
): PluginValueChange[] {
  const [old, next] = [limit(before), limit(after)];
  const left = [...old];
  const take = (matches: (line: DefinitionLine) => boolean) => {
    const at = left.findIndex(matches);
    return at === -1 ? undefined : left.splice(at, 1)[0];
  };
  const same = next.map(({ field, text }) => take((line) => line.field === field && line.text === text));
  const pairs = next.map((line, index) => ({
    field: line.field,
    before: (same[index] ?? take(({ field }) => field === line.field))?.text ?? null,
    after: line.text,
  }));
  const gone = left.map(({ field, text }) => ({ field, before: text, after: null }));
  const isPaired = ({ before: text }: { before: string | null }) => text !== null;
  return [...pairs.filter(isPaired), ...gone, ...pairs.filter((pair) => !isPaired(pair))].map(({ field, ...pair }) => ({
    field: cutText(field, MAX_FIELD_CHARS),
    ...cutPair(pair.before, pair.after, room),
  }));
}

/** Whether they are called in the same way. */
export function isSameDefinition(before: readonly DefinitionLine[], after: readonly DefinitionLine[]): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function limit(lines: readonly DefinitionLine[]): readonly DefinitionLine[] {
  const more = lines.length - MAX_LINES;
  return more <= 0 ? lines : [...lines.slice(0, MAX_LINES), { field: '…', text: `${more} more are not shown` }];
}
