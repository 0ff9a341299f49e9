import { z } from 'zod';

/** Marks an issue that says "this server does not support that", in contrast to "that is not valid". */
export const UNSUPPORTED = { unsupported: true } as const;

/**
 * A field of the Managed Agents API that this server does not support. It may be left out, null or an empty list, which
 * request nothing. Any other value, also an empty object, is refused, so that it is never silently ignored.
 */
export function unsupported(instead?: string): z.ZodOptional<z.ZodUnknown> {
  const error = `is not supported by this server${instead === undefined ? '' : `; ${instead}`}`;
  return z
    .unknown()
    .refine(isEmpty, { params: UNSUPPORTED, error })
    .optional()
    .meta({ description: `Not supported: leave it out, or null or an empty list.` });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
