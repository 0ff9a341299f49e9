/** Stands in a command's text for what only the shell knows when it runs it, such as the value of a variable. */
export const UNKNOWN = '\0';

/** The pattern of a `Bash(…)` rule. */
export interface CommandPattern {
  /** Without a wildcard. */
  isExact: boolean;
  matches(text: string): boolean;
  /** Whether some value of the unknown parts of a text makes it match. */
  mayMatch(text: string): boolean;
}

/**
 * Claude Code's command patterns (code.claude.com/docs/en/permissions, August 2026): `*` stands for any characters, ` *` or
 * `:*` at the end for nothing or for a blank and any characters. `\*`, `\(`, `\)` and `\\` stand for the character itself.
 */
export function parseCommandPattern(pattern: string): CommandPattern {
  const pieces = toPieces(pattern.endsWith(':*') ? `${pattern.slice(0, -2)} *` : pattern);
  const alternatives = [pieces];
  const beforeLast = pieces.at(-2);
  // The whole end may be missing: `ls *` is also `ls`.
  if (pieces.length > 1 && pieces.at(-1) === '' && beforeLast?.endsWith(' ') === true)
    alternatives.push([...pieces.slice(0, -2), beforeLast.slice(0, -1)]);
  return {
    isExact: pieces.length === 1,
    matches: (text) => alternatives.some((each) => matchesPieces(each, text)),
    mayMatch: (text) => alternatives.some((each) => mayMatchPieces(each, text)),
  };
}

/** The texts between the wildcards. */
function toPieces(pattern: string): string[] {
  const pieces = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (char === '*') pieces.push('');
    else if (char === '\\' && next !== '' && '*()\\'.includes(next)) {
      pieces.push(`${pieces.pop()}${next}`);
      at += 1;
    } else pieces.push(`${pieces.pop()}${char}`);
  }
  return pieces;
}

function matchesPieces(pieces: readonly string[], text: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/**
 * Both sides may have wildcards: whether any text fits both. What stands between the wildcards of one side can always lie
 * under a wildcard of the other, so only the beginnings and the ends have to agree.
 */
function mayMatchPieces(pieces: readonly string[], text: string): boolean {
  const firstUnknown = text.indexOf(UNKNOWN);
  if (firstUnknown === -1) return matchesPieces(pieces, text);
  const [first = '', ...rest] = pieces;
  const last = rest.at(-1);
  if (last === undefined) return mayBe(text, first);
  const start = text.slice(0, firstUnknown);
  const end = text.slice(text.lastIndexOf(UNKNOWN) + 1);
  return (start.startsWith(first) || first.startsWith(start)) && (end.endsWith(last) || last.endsWith(end));
}

/** Whether some value of the unknown parts makes the text this one. Reads no more of the text than fits. */
function mayBe(text: string, wanted: string): boolean {
  const end = text.slice(text.lastIndexOf(UNKNOWN) + 1);
  let textAt = text.indexOf(UNKNOWN);
  let wantedAt = textAt;
  if (!wanted.startsWith(text.slice(0, textAt)) || !wanted.endsWith(end)) return false;
  for (let next = text.indexOf(UNKNOWN, textAt + 1); next !== -1; next = text.indexOf(UNKNOWN, textAt + 1)) {
    const piece = text.slice(textAt + 1, next);
    const found = wanted.indexOf(piece, wantedAt);
    if (found === -1) return false;
    wantedAt = found + piece.length;
    textAt = next;
  }
  return wanted.length - end.length >= wantedAt;
}
