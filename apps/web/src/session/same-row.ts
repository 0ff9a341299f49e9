import type { Row } from './build-rows.ts';

type TextRow = Extract<Row, { kind: 'text' }>;

/** Whether two rows draw the same, so that a row is drawn again only when something in it changed. */
export function isSameRow(a: Row, b: Row): boolean {
  if (a === b) return true;
  if (a.kind === 'text' && b.kind === 'text') return hasSameFields(toDrawn(a), toDrawn(b));
  return hasSameFields(a, b);
}

/** A text is drawn from its blocks: its other fields tell how, and when its event came is not drawn. */
function toDrawn({ item: { text: _, seq: __, at: ___, ...item }, ...row }: TextRow): object {
  return { ...item, ...row };
}

/** Compares every field, so that none that is added later can be forgotten here. */
function hasSameFields(a: object, b: object): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSameField(Reflect.get(a, name), Reflect.get(b, name)));
}

function isSameField(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
