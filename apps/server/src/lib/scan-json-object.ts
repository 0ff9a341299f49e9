const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** White space of JSON is at most this. */
const SPACE = 0x20;
/** A longer string is skipped by `indexOf`, which is slower to begin and faster to go on. */
const SHORT_BYTES = 256;
/** A longer value is none that anybody asks for. */
const MAX_VALUE_BYTES = 1024;

/**
 * Reads the values of some members of a JSON object without decoding the rest: of 100 KB that takes 0.01 to 0.1 ms, and
 * makes nothing that has to be collected. As with `JSON.parse` the last of equal names counts. Answers for text that is no
 * JSON with what it could find. Values that are objects, lists or long are undefined.
 */
export function scanJsonObject<Name extends string>(
  json: Buffer,
  names: readonly Name[],
): Partial<Record<Name, string | number | boolean | null>> {
  const found: Partial<Record<Name, string | number | boolean | null>> = {};
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) {
      const end = findEnd(json, at + 1);
      if (depth === 1) {
        const value = skipSpace(json, end + 1);
        if (json[value] === COLON) {
          const name = names.find((each) => isName(json, { from: at, to: end + 1, name: each }));
          if (name !== undefined) found[name] = readValue(json, skipSpace(json, value + 1));
          at = value;
          continue;
        }
      }
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return found;
}

/** The index of the quote that ends a string; the length of the text where none does. */
function findEnd(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length) {
    const short = Math.min(json.length, at + SHORT_BYTES);
    for (; at < short; at += 1) {
      const byte = json[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at += 1;
    }
    const quote = json.indexOf(QUOTE, at);
    if (quote === -1) break;
    let first = quote;
    while (first > at && json[first - 1] === BACKSLASH) first -= 1;
    if ((quote - first) % 2 === 0) return quote;
    at = quote + 1;
  }
  return json.length;
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && (json[at] ?? 0) <= SPACE) at += 1;
  return at;
}

/** @param place of a string with its quotes */
function isName(json: Buffer, { from, to, name }: { from: number; to: number; name: string }): boolean {
  const text = json.toString('latin1', from, Math.min(to, from + MAX_VALUE_BYTES));
  return text === `"${name}"` || (text.includes('\\') && parse(text) === name);
}

function readValue(json: Buffer, from: number): string | number | boolean | null | undefined {
  const isText = json[from] === QUOTE;
  const end = isText ? findEnd(json, from + 1) + 1 : findDelimiter(json, from);
  if (end - from > MAX_VALUE_BYTES) return undefined;
  const value = parse(json.toString('utf8', from, end));
  return typeof value === 'object' && value !== null ? undefined : (value as ReturnType<typeof readValue>);
}

/** Where a number or a word ends. */
function findDelimiter(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && /[\w.+-]/.test(String.fromCharCode(json[at] ?? 0))) at += 1;
  return at;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
