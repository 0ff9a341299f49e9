import { z } from 'zod';

import { SCOPES } from '../../identity/actor.ts';
import type { ApiKey } from '../../identity/api-keys.ts';

/** The body that makes an API key. */
export const apiKeyBody = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    expires_in_days: z.int().min(1).max(3650).optional().describe('Without it the key does not expire.'),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .optional()
      .describe('All of them, unless given. With `read` alone the key may change nothing.'),
  })
  .meta({ examples: [{ name: 'CI', expires_in_days: 90 }] });

/** An API key, without its secret. */
export const apiKeyResource = z
  .object({
    type: z.literal('api_key'),
    id: z.string(),
    name: z.string(),
    hint: z.string().describe('The beginning of the key, to tell it from others.'),
    scopes: z.array(z.enum(SCOPES)),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey', description: 'An API key, without its secret.' });

export type ApiKeyResource = z.infer<typeof apiKeyResource>;

export const createdApiKey = apiKeyResource
  .extend({ key: z.string().describe('The key itself, shown only in this answer.') })
  .meta({ id: 'CreatedApiKey', description: 'A new API key, with its secret.' });

export function toKeyResource({ id, name, hint, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey): ApiKeyResource {
  return {
    type: 'api_key',
    id,
    name,
    hint,
    scopes: [...scopes],
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
