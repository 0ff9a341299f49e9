import { CspError } from '@claude-sdk-pattern/protocol';
import type { z } from 'zod';

/**
 * Parses a request's body.
 * @throws CspError `invalid_request`, naming the fields at fault but never what stood in them.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const summary = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new CspError('invalid_request', `The request is not valid: ${summary}`, { details: { issues } });
}
