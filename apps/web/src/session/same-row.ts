import type { Row } from './build-rows.ts';

/** Whether two rows draw the same, so that a row is drawn again only when something in it changed. */
export function isSameRow(a: Row, b: Row): boolean {
  if (a === b) return true;
  if (a.key !== b.key || a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'work': {
      const other = b as typeof a;
      return a.live === other.live && a.opensTurn === other.opensTurn && isSameList(a.items, other.items);
    }
    case 'text': {
      const other = b as typeof a;
      const flags =
        a.last === other.last && a.opensTurn === other.opensTurn && a.item.streaming === other.item.streaming;
      return flags && isSameList(a.blocks, other.blocks);
    }
    case 'turn-end': {
      const other = b as typeof a;
      return a.latest === other.latest && a.turn.summary === other.turn.summary;
    }
    default:
      return a.item === (b as typeof a).item;
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
