/**
 * JSON is stored as text in both back ends: `text` in SQLite and `json` (not `jsonb`) in PostgreSQL, since `jsonb`
 * refuses U+0000 and lone surrogates, which models and tools do produce. Both drivers return the stored text.
 */
export type JsonColumn = string;

/** Encodes a value for a JSON column; `undefined` becomes null. */
export function toJson(value: unknown): JsonColumn {
  return JSON.stringify(value ?? null);
}

/** Decodes a JSON column that this store wrote itself, so its shape is known to the caller. */
export function fromJson<T>(column: JsonColumn): T {
  return JSON.parse(column) as T;
}

/** Makes a text fit for a plain text column: without U+0000, and with lone surrogates replaced by U+FFFD. */
export function toPlainText(value: string): string {
  return value.replaceAll('\u0000', '').toWellFormed();
}

/** `toPlainText` that lets null pass. */
export function toPlainTextOrNull(value: string | null): string | null {
  return value === null ? null : toPlainText(value);
}
