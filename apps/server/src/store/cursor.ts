import { StoreError } from './store-error.ts';

/** The place after one row of a sorted list: the value it is sorted by, then its id. */
export interface Cursor {
  value: string;
  id: string;
}

/** Encodes a place in a list as text without meaning for clients. */
export function toCursor({ value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url');
}

/** Reads what `toCursor` made; throws `invalid_cursor` for anything else. */
export function parseCursor(text: string): Cursor {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [value, id] = parsed as unknown[];
      if (typeof value === 'string' && typeof id === 'string' && !`${value}${id}`.includes('\u0000'))
        return { value, id };
    }
  } catch {
    // Falls through to the one error below: why the text cannot be read helps nobody.
  }
  throw new StoreError(
    'invalid_cursor',
    'The page cursor is not one that this server made. Start from the first page.',
  );
}
