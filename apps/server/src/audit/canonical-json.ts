import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | undefined | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Longer texts in details are cut, so that an entry stays small whatever a tool or a file is called. */
const MAX_TEXT_CHARS = 300;
const MAX_ITEMS = 50;

/** JSON with sorted keys and no white space, so that equal details have equal text. Long texts and lists are cut. */
export function toCanonicalJson(details: JsonObject): string {
  return JSON.stringify(sort(details, { cut: true }));
}

/**
 * SHA-256, in hexadecimal digits, of a value as JSON with sorted keys and no white space. Tells whether two inputs of a
 * tool are the same without keeping them.
 */
export function toDigestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sort(value, { cut: false })) ?? 'null')
    .digest('hex');
}

function sort(value: unknown, options: { cut: boolean }): unknown {
  if (typeof value === 'string')
    return options.cut && value.length > MAX_TEXT_CHARS ? `${value.slice(0, MAX_TEXT_CHARS)}…` : value;
  if (Array.isArray(value))
    return (options.cut ? value.slice(0, MAX_ITEMS) : value).map((each: unknown) => sort(each, options));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sort(each, options)]));
}
