import { CspError } from '@claude-sdk-pattern/protocol';

/** Query parameters that people put credentials into, in lower case and without `-` and `_`. */
const CREDENTIAL_NAMES: ReadonlySet<string> = new Set([
  'accesstoken',
  'apikey',
  'auth',
  'authorization',
  'authtoken',
  'bearer',
  'jwt',
  'key',
  'linktoken',
  'password',
  'refreshtoken',
  'secret',
  'sessiontoken',
  'token',
  'xapikey',
]);

/**
 * Refuses a request target whose query carries a credential: URLs end up in logs, histories and `Referer` headers.
 * Refused even when the credential is good, so that nobody comes to depend on it. The message never repeats the value.
 * @throws CspError `credential_in_url`
 */
export function refuseCredentialInUrl(url: string): void {
  const queryStart = url.indexOf('?');
  if (queryStart === -1) return;
  for (const name of new URLSearchParams(url.slice(queryStart + 1)).keys()) {
    if (!CREDENTIAL_NAMES.has(name.toLowerCase().replaceAll(/[-_]/g, ''))) continue;
    throw new CspError(
      'credential_in_url',
      `The query parameter "${name}" looks like a credential, and URLs are logged. Send it as "Authorization: Bearer KEY" or "x-api-key: KEY", and revoke it if it is real.`,
      { details: { parameter: name } },
    );
  }
}
