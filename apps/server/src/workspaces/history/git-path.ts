import type { GitPath } from './parse-status.ts';

/**
 * A path for people and for JSON. One that is not UTF-8, or could be taken for one that is written so, is in quotes with
 * its bytes in octal, as git shows it.
 */
export function toShownPath(path: GitPath): string {
  const text = path.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(path);
  if (isText && !text.startsWith('"')) return text;
  const bytes = [...path].map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `"${bytes.join('')}"`;
}

const BACKSLASH = 0x5c;

/** What `toShownPath` shows, as bytes. */
export function fromShownPath(shown: string): GitPath {
  if (!shown.startsWith('"') || !shown.endsWith('"') || shown.length < 2) return Buffer.from(shown, 'utf8');
  const inner = Buffer.from(shown.slice(1, -1), 'utf8');
  const bytes: number[] = [];
  for (let at = 0; at < inner.length; at += 1) {
    const octal = inner[at] === BACKSLASH ? inner.toString('latin1', at + 1, at + 4) : '';
    if (/^[0-3][0-7]{2}$/.test(octal)) {
      bytes.push(Number.parseInt(octal, 8));
      at += 3;
    } else bytes.push(inner[at] ?? 0);
  }
  return Buffer.from(bytes);
}
