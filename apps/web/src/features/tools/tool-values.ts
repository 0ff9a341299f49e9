import type { ToolItem } from '../../session/items.ts';

/** Reads values from a tool's input or output, which come from outside and may have any shape. */

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readText(record: unknown, key: string): string {
  const value = isRecord(record) ? record[key] : undefined;
  return typeof value === 'string' ? value : '';
}

export function readNumber(record: unknown, key: string): number | null {
  const value = isRecord(record) ? record[key] : undefined;
  return typeof value === 'number' ? value : null;
}

export function readList(record: unknown, key: string): readonly unknown[] {
  const value = isRecord(record) ? record[key] : undefined;
  return Array.isArray(value) ? value : [];
}

export function readTexts(record: unknown, key: string): readonly string[] {
  return readList(record, key).filter((entry) => typeof entry === 'string');
}

/** How long a call ran, in milliseconds; null if it did not run or has not ended. */
export function toDuration({ at, workedFrom, workedTo, status }: ToolItem): number | null {
  if (workedTo === null || at === 0 || status === 'denied' || status === 'notRun') return null;
  return workedTo - workedFrom;
}
