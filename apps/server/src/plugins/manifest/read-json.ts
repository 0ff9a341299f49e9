import type { PluginProblem } from '../problem.ts';
import type { PluginFiles } from './plugin-files.ts';

const MAX_DEPTH = 32;
const MAX_VALUES = 20_000;
/** Names that would reach into the prototypes of JavaScript. */
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

export type ReadJson = { ok: true; value: unknown } | { ok: false; problem: PluginProblem };

/** Reads a JSON file of a plugin, within bounds of size, depth and number of values. */
export async function readJson(files: PluginFiles, file: string): Promise<ReadJson> {
  const fail = (field: string | null, message: string, remedy: string): ReadJson => ({
    ok: false,
    problem: { file, field, message, remedy },
  });
  const content = await files.read(file);
  if (content === undefined) return fail(null, 'is larger than 1 MiB', 'Keep data in files of their own');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.slice(0, 200) : 'not UTF-8';
    return fail(null, `is no JSON: ${reason}`, 'Correct the file');
  }
  const excess = findExcess(value);
  return excess === undefined ? { ok: true, value } : fail(excess.field, excess.message, excess.remedy);
}

/** Walks without recursion: nesting must not use up the stack. */
function findExcess(root: unknown): { field: string | null; message: string; remedy: string } | undefined {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path, depth } = next;
    count += 1;
    if (count > MAX_VALUES)
      return { field: null, message: `has more than ${MAX_VALUES} values`, remedy: 'Make it smaller' };
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH)
      return { field: path.slice(0, 100), message: `is nested deeper than ${MAX_DEPTH}`, remedy: 'Make it flatter' };
    for (const [key, inner] of Object.entries(value)) {
      const field = path === '' ? key : `${path}.${key}`;
      if (UNSAFE.has(key)) return { field, message: `has the name ${key}, which is not taken`, remedy: 'Rename it' };
      waiting.push({ value: inner, path: field, depth: depth + 1 });
    }
  }
  return undefined;
}
