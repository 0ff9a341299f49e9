import type { Row } from './build-rows.ts';

type TextRow = Extract<Row, { kind: 'text' }>;

/** Whether two rows render the same, so that a row is rendered again only if it has changed. */
export function isSameRow(a: Row, b: Row): boolean {
  if (a === b) return true;
  if (a.kind === 'text' && b.kind === 'text') return hasSameFields(toDrawn(a), toDrawn(b));
  return hasSameFields(a, b);
}

/** A text renders from its blocks. Its other fields only say how, and the time of its event is not rendered. */
function toDrawn({ item: { text: _, seq: __, at: ___, ...item }, ...row }: TextRow): object {
  return { ...item, ...row };
}

/** Compares every field, so that a field added later is included. */
function hasSameFields(a: object, b: object): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSameField(Reflect.get(a, name), Reflect.get(b, name)));
}

function isSameField(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
