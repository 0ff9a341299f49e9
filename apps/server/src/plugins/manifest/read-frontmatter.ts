import { isUtf8 } from 'node:buffer';

import { parseDocument } from 'yaml';

import type { PluginProblem } from '../problem.ts';
import type { PluginFiles } from './plugin-files.ts';

const OPENING = /^\uFEFF?---[ \t]*\r?\n/;

const MAX_FRONTMATTER_CHARS = 16 * 1024;
/** What nests or begins a field. Parsing takes the square of their number (yaml 2.8), and far longer for keys after `? `. */
const INDICATOR = /[[{]|(?<!\S)[-?&*!|>]|:(?!\S)/g;
const COMPLEX_KEY = /^[ \t]*(?:[-?][ \t]+)*\?(?!\S)/m;
const MAX_INDICATORS = 500;

export type ReadFrontmatter =
  | {
      ok: true;
      /** Undefined where the file begins with none. */
      fields: Readonly<Record<string, unknown>> | undefined;
      /** What the CLI mends by itself. */
      problem?: PluginProblem;
    }
  | { ok: false; problem: PluginProblem };

/** The YAML between `---` lines at the beginning of a Markdown file. The CLI (2.1.332) ignores broken ones in silence, and quotes what a colon would break. */
export async function readFrontmatter(files: PluginFiles, file: string): Promise<ReadFrontmatter> {
  const fail = (message: string, remedy: string): ReadFrontmatter => ({
    ok: false,
    problem: { file, field: 'frontmatter', message, remedy },
  });
  const content = await files.read(file);
  if (content === undefined) return fail('is larger than 1 MiB', 'Move parts of it to files beside it');
  if (!isUtf8(content)) return fail('is no UTF-8 text', 'Save the file as UTF-8');
  const text = content.toString('utf8');
  if (!/^\uFEFF?---[ \t]*(?:\r?\n|$)/.test(text)) return { ok: true, fields: undefined };
  const split = splitFrontmatter(text);
  if (split === undefined) return fail('has no end', 'Close it with a line of three dashes');
  if (!isParsable(split.yaml))
    return fail('is larger than 16 KiB, or has too many fields', 'Move what is long to the text below it');
  const { document, error } = parseFrontmatter(split.yaml);
  const reason = `is no YAML: ${error?.message.split('\n')[0] ?? ''}`;
  if (document.errors.length > 0) return fail(reason, 'Correct it');
  let fields: unknown;
  try {
    // An alias that stands for many would grow without bound.
    fields = document.toJS({ maxAliasCount: 10 });
  } catch {
    return fail('has too many aliases', 'Write the values out');
  }
  if (fields === null) return { ok: true, fields: {} };
  if (typeof fields !== 'object' || Array.isArray(fields))
    return fail('is no list of fields', 'Write `name: value` lines');
  // As the CLI does.
  const message = `${reason}; it is read with its texts in quotes, as Claude Code reads it`;
  const mended = error && { file, field: 'frontmatter', message, remedy: 'Put texts with colons in quotes' };
  return { ok: true, fields: fields as Record<string, unknown>, ...(mended && { problem: mended }) };
}

/** Its YAML, with texts quoted where it is none otherwise; `error` says why that was needed. */
export function parseFrontmatter(yaml: string) {
  const written = parse(yaml);
  const [error] = written.errors;
  return { document: error === undefined ? written : parse(quoteTexts(yaml)), error };
}

function parse(yaml: string) {
  return parseDocument(yaml, { uniqueKeys: true, logLevel: 'silent' });
}

/** `description: a: b` as people mean it. Linear: no two repeats can take the same blanks. */
function quoteTexts(yaml: string): string {
  return yaml.replaceAll(/^([A-Za-z][\w-]*):[ \t]+(?!["'|>[{])(\S.*)$/gm, (_, key: string, value: string) => {
    return `${key}: ${JSON.stringify(value.trim())}`;
  });
}

/** Whether it is parsed in a moment, whatever it says. */
export function isParsable(yaml: string): boolean {
  if (yaml.length > MAX_FRONTMATTER_CHARS) return false;
  return (yaml.match(INDICATOR)?.length ?? 0) <= MAX_INDICATORS && !COMPLEX_KEY.test(yaml);
}

/** The YAML and what follows it; undefined for a file that does not begin with both `---` lines. Linear. */
export function splitFrontmatter(text: string): { yaml: string; body: string } | undefined {
  const [opening] = OPENING.exec(text) ?? [];
  if (opening === undefined) return undefined;
  const closing = /^---[ \t]*(?:\r?\n|$)/gm;
  closing.lastIndex = opening.length;
  const found = closing.exec(text);
  if (found === null) return undefined;
  const yaml = text.slice(opening.length, found.index).replace(/\r?\n$/, '');
  return { yaml, body: text.slice(found.index + found[0].length) };
}
