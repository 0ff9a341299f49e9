import { matchGlob } from './match-glob.ts';

/** Folders that patterns begin at, as absolute paths, in every spelling. */
export interface PathPlaces {
  workspace: readonly string[];
  /** HOME of the agent. */
  home: readonly string[];
}

type Anchor = 'root' | keyof PathPlaces;

/** The parts of a path below each place that patterns begin at; none where it is not below. */
export type PathParts = Readonly<Record<Anchor, readonly (readonly string[])[]>>;

/** Splits an absolute path, once for all patterns. */
export function toPathParts(path: string, places: PathPlaces): PathParts {
  const below = (bases: readonly string[]) =>
    bases.map((base) => toPartsBelow(base, path)).filter((parts) => parts !== undefined);
  return { root: below(['']), workspace: below(places.workspace), home: below(places.home) };
}

/** The pattern of a `Read(…)` or `Edit(…)` rule. */
export interface PathPattern {
  matches(path: PathParts): boolean;
}

/** Characters of one part of a path: a literal, `?`, a class, or `*`. */
type CharToken = { one(char: string): boolean } | 'any';
type PartToken = { literal: string; ignoresCase: boolean } | readonly CharToken[] | 'any parts';

/**
 * Claude Code's path patterns (code.claude.com/docs/en/permissions, August 2026), which are those of gitignore: `//path` from
 * the root of the file system, `~/path` from the home folder, `/path`, `path` and `./path` from the workspace. A name alone
 * counts at any depth, and a folder with all that is in it. `reach: "wide"` is for rules that deny and ask: they ignore
 * case, and count `./name` and `name/**` at any depth; `narrow`, for rules that allow, only where they begin.
 * @throws Error for what is no such pattern; the message says what to write.
 */
export function parsePathPattern(pattern: string, reach: 'wide' | 'narrow'): PathPattern {
  const isWide = reach === 'wide';
  const { anchor, rest, isFixed = false, isHere = false } = findAnchor(pattern);
  const path = rest.replace(/\/+$/, '');
  if (path === '') throw new Error(`${pattern} names no file; write ** for all files below a folder`);
  const parts = path.split('/');
  if (parts.includes('..') || parts.includes('')) throw new Error(`${pattern} has .. or // in it; write the path out`);
  const isName = parts.length === 1 && (!isHere || isWide);
  const isWholeFolder = isWide && parts.length === 2 && parts[1] === '**';
  const isAnywhere = !isFixed && (isName || isWholeFolder);
  const tokens: PartToken[] = parts.map((part) => (part === '**' ? 'any parts' : toPartToken(part, isWide)));
  if (isAnywhere) tokens.unshift('any parts');
  // What matches a folder counts for all below it; `name/**` is not the folder itself where it allows.
  if (tokens.at(-1) !== 'any parts') tokens.push('any parts');
  else if (!isWide && parts.length > 1) tokens.push(['any']);
  return {
    matches: (given) => given[anchor].some((below) => matchParts(tokens, below)),
  };
}

function findAnchor(pattern: string): { anchor: Anchor; rest: string; isFixed?: true; isHere?: true } {
  if (pattern.startsWith('!')) throw new Error('A rule cannot except files with !; write a rule for those instead');
  if (pattern.startsWith('//')) return { anchor: 'root', rest: pattern.slice(2), isFixed: true };
  if (pattern.startsWith('~/')) return { anchor: 'home', rest: pattern.slice(2), isFixed: true };
  if (pattern.startsWith('~')) throw new Error(`${pattern} is no home folder; write ~/path or //path`);
  if (pattern.startsWith('/')) return { anchor: 'workspace', rest: pattern.slice(1), isFixed: true };
  if (pattern.startsWith('./')) return { anchor: 'workspace', rest: pattern.slice(2), isHere: true };
  return { anchor: 'workspace', rest: pattern };
}

function toPartsBelow(base: string, path: string): string[] | undefined {
  if (path === base) return [];
  return path.startsWith(`${base}/`)
    ? path
        .slice(base.length + 1)
        .split('/')
        .filter((part) => part !== '')
    : undefined;
}

function matchParts(tokens: readonly PartToken[], parts: readonly string[]): boolean {
  return matchGlob(tokens, parts, {
    isWildcard: (token) => token === 'any parts',
    matches: (token, part) => token !== 'any parts' && matchPart(token, part),
  });
}

function toPartToken(part: string, ignoresCase: boolean): PartToken {
  if (/[*?[\\]/.test(part)) return toCharTokens(part, ignoresCase);
  return { literal: ignoresCase ? part.toLowerCase() : part, ignoresCase };
}

function matchPart(tokens: Exclude<PartToken, 'any parts'>, part: string): boolean {
  if ('literal' in tokens) {
    const { literal, ignoresCase } = tokens;
    return part === literal || (ignoresCase && part.length === literal.length && part.toLowerCase() === literal);
  }
  return matchGlob(tokens, Array.from(part), {
    isWildcard: (token) => token === 'any',
    matches: (token, char) => token !== 'any' && token.one(char),
  });
}

function toCharTokens(part: string, ignoresCase: boolean): CharToken[] {
  const fold = (char: string) => (ignoresCase ? char.toLowerCase() : char);
  const tokens: CharToken[] = [];
  const chars = Array.from(part);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    const close = char === '[' ? chars.indexOf(']', at + 2) : -1;
    if (char === '*') tokens.push('any');
    else if (char === '?') tokens.push({ one: () => true });
    else if (close !== -1) {
      tokens.push(toClass(chars.slice(at + 1, close), fold));
      at = close;
    } else {
      const literal = char === '\\' && at + 1 < chars.length ? (chars[++at] ?? '') : char;
      tokens.push({ one: (given) => fold(given) === fold(literal) });
    }
  }
  return tokens;
}

/** `[abc]`, `[a-z]` and `[!a]`. */
function toClass(inside: readonly string[], fold: (char: string) => string): CharToken {
  const isNegated = inside[0] === '!' || inside[0] === '^';
  const members = isNegated ? inside.slice(1) : inside;
  const has = (char: string) =>
    members.some((member, index) => {
      const end = members[index + 2];
      if (members[index + 1] === '-' && end !== undefined) return fold(member) <= char && char <= fold(end);
      return fold(member) === char;
    });
  return { one: (given) => has(fold(given)) !== isNegated };
}
