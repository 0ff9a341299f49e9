import type { Random } from '../random.ts';

export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('There is nothing to pick from');
  return found;
}

export function drawInteger(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** Texts that often break parsers, stores and terminals. */
const NASTY = [
  ...['', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\u202e\u2066', '\ufeff', '𝕏👩‍👩‍👧‍👦', 'é'.repeat(300)],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', '-0', '1e999', '0x10'],
  ...["'; drop table sessions; --", '" or ""="', '%00', '%', '_', '../../etc/passwd', '..\\..\\', '${7*7}', '{{7*7}}'],
  ...['sesn_', 'sesn_unknown', 'sevt_unknown', 'agent_default', 'env_default', 'default', 'user.message', '\r\n\r\n'],
];
const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 1e21, -1e21, 1e308, 5e-324, 2 ** 31, 2 ** 31 - 1, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63],
  ...[-(2 ** 63), 1e15, 999_999_999_999_999],
];

export function drawText(random: Random): string {
  const roll = random();
  if (roll < 0.5) return pick(random, NASTY);
  if (roll < 0.52) return pick(random, NASTY).repeat(drawInteger(random, 4000));
  return Array.from({ length: drawInteger(random, 24) }, () =>
    String.fromCharCode(random() < 0.8 ? 32 + drawInteger(random, 95) : drawInteger(random, 65_536)),
  ).join('');
}

/** Any JSON value, usually a small one. */
export function drawValue(random: Random, depth = 3): unknown {
  const roll = random();
  if (roll < 0.25 || depth === 0) return drawText(random);
  if (roll < 0.45) return pick(random, NUMBERS);
  if (roll < 0.6) return pick(random, [null, true, false]);
  if (roll < 0.8) return Array.from({ length: drawInteger(random, 4) }, () => drawValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: drawInteger(random, 4) }, () => [drawText(random), drawValue(random, depth - 1)]),
  );
}

/** The value with one part changed: replaced, removed, duplicated, renamed or wrapped. Pure. */
export function mutateValue(random: Random, value: unknown): unknown {
  if (random() < 0.25 || typeof value !== 'object' || value === null) return drawValue(random);
  if (Array.isArray(value)) return mutateList(random, value);
  const entries = Object.entries(value);
  const at = drawInteger(random, entries.length + 1);
  const [key, part] = entries[at] ?? [drawText(random), drawValue(random)];
  const roll = random();
  if (entries[at] === undefined || roll < 0.15) return { ...value, [drawText(random)]: drawValue(random) };
  if (roll < 0.3) return Object.fromEntries(entries.filter(([name]) => name !== key));
  if (roll < 0.4) return { ...value, [key]: [part] };
  return { ...value, [key]: mutateValue(random, part) };
}

function mutateList(random: Random, list: readonly unknown[]): unknown[] {
  const at = drawInteger(random, list.length);
  const roll = random();
  if (list.length === 0 || roll < 0.2) return [...list, drawValue(random)];
  if (roll < 0.3) return list.toSpliced(at, 1);
  if (roll < 0.35) return Array.from({ length: 200 }, () => list[at]);
  return list.with(at, mutateValue(random, list[at]));
}

/** The text with a few characters changed, removed, duplicated or cut off. Pure. */
export function corruptText(random: Random, text: string): string {
  let corrupted = text;
  for (let change = drawInteger(random, 3); change >= 0; change -= 1) {
    const at = drawInteger(random, corrupted.length + 1);
    const roll = random();
    if (roll < 0.3)
      corrupted = corrupted.slice(0, at) + pick(random, '{}[]",:\\0e-. \n\t\u0001'.split('')) + corrupted.slice(at);
    else if (roll < 0.6) corrupted = corrupted.slice(0, at) + corrupted.slice(at + 1 + drawInteger(random, 4));
    else if (roll < 0.8) corrupted = corrupted.slice(0, at) + corrupted.slice(Math.max(0, at - 9));
    else corrupted = corrupted.slice(0, at);
  }
  return corrupted;
}

/** JSON with more nesting than any real input has. */
export function drawDeepNest(random: Random): string {
  const depth = 10 ** (1 + drawInteger(random, 5));
  const open = pick(random, ['[', '{"a":', '[{"type":']);
  return random() < 0.5 ? open.repeat(depth) : `${'['.repeat(depth)}${']'.repeat(depth)}`;
}
