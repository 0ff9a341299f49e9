import { CspError } from '@claude-sdk-pattern/protocol';

/** What secrets may be called; names of environment variables are among them. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
/** Environments and headers take no more in practice. */
export const MAX_SECRET_BYTES = 32 * 1024;
/** Of one person, agent or vault, or of the platform. */
export const MAX_SECRETS_OF_OWNER = 200;

/** @throws CspError `invalid_request`, `too_large` for a value that no environment variable can have. */
export function assertSecretValue(value: string, field = 'value'): void {
  if (value === '' || value.includes('\u0000') || !value.isWellFormed())
    throw new CspError('invalid_request', `${field}: takes a text that is not empty, without the character U+0000`, {
      details: { field },
    });
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES)
    throw new CspError('too_large', `${field}: takes ${MAX_SECRET_BYTES} bytes at most`, { details: { field } });
}
