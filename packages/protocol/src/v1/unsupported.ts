import { z } from 'zod';

/** Marks an issue that says "this server does not have that", in contrast to "that makes no sense". */
export const UNSUPPORTED = { unsupported: true } as const;

/**
 * A field of the Managed Agents API that this server does not have. It may be left out, null or empty, which asks for
 * nothing; anything else is refused instead of being ignored in silence.
 */
export function unsupported(instead?: string): z.ZodOptional<z.ZodUnknown> {
  const error = `is not supported by this server${instead === undefined ? '' : `; ${instead}`}`;
  return z
    .unknown()
    .refine(isEmpty, { params: UNSUPPORTED, error })
    .optional()
    .meta({ description: `Not supported: leave it out, or null or empty.` });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
