import { parseDocument } from 'yaml';

import type { PluginProblem } from '../problem.ts';
import type { PluginFiles } from './plugin-files.ts';

const FENCED = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?:\r?\n)?^---[ \t]*(?:\r?\n|$)/m;

export type ReadFrontmatter =
  /** Undefined where the file begins with none. */
  { ok: true; fields: Readonly<Record<string, unknown>> | undefined } | { ok: false; problem: PluginProblem };

/** The YAML between `---` lines at the beginning of a Markdown file. The CLI (2.1.332) ignores broken ones in silence. */
export async function readFrontmatter(files: PluginFiles, file: string): Promise<ReadFrontmatter> {
  const fail = (message: string, remedy: string): ReadFrontmatter => ({
    ok: false,
    problem: { file, field: 'frontmatter', message, remedy },
  });
  const text = (await files.read(file))?.toString('utf8');
  if (text === undefined) return fail('is larger than 1 MiB', 'Move parts of it to files beside it');
  if (!/^\uFEFF?---[ \t]*(?:\r?\n|$)/.test(text)) return { ok: true, fields: undefined };
  const split = splitFrontmatter(text);
  if (split === undefined) return fail('has no end', 'Close it with a line of three dashes');
  const document = parseDocument(split.yaml, { uniqueKeys: true, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) return fail(`is no YAML: ${error.message.split('\n')[0] ?? ''}`, 'Quote texts with colons');
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
  return { ok: true, fields: fields as Record<string, unknown> };
}

/** The YAML and what follows it; undefined for a file that does not begin with both `---` lines. */
export function splitFrontmatter(text: string): { yaml: string; body: string } | undefined {
  const found = FENCED.exec(text);
  if (found === null || found.index !== 0) return undefined;
  return { yaml: found[1] ?? '', body: text.slice(found[0].length) };
}
