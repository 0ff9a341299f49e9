import { z } from 'zod';

const TIMEOUT_MS = 5000;
const MAX_DOCUMENT_CHARS = 1_000_000;

/** What is used of a discovery document (OpenID Connect Discovery 1.0, section 3). */
const metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.url(),
  authorization_endpoint: z.url().optional(),
  token_endpoint: z.url().optional(),
  userinfo_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
});
export type ProviderMetadata = z.infer<typeof metadata>;

export function toDiscoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Reads the discovery document of an issuer, within five seconds unless told otherwise.
 * @throws Error that says what is wrong: no answer, no such document, or that of another issuer.
 */
export async function discover(issuer: string, timeoutMs?: number): Promise<ProviderMetadata> {
  const parsed = metadata.safeParse(await fetchJson(toDiscoveryUrl(issuer), { timeoutMs }));
  if (!parsed.success) throw new Error(`The discovery document of ${issuer} is not complete: ${parsed.error.message}`);
  // Section 4.3: otherwise one provider could speak for another.
  if (parsed.data.issuer !== issuer)
    throw new Error(
      `The discovery document of ${issuer} is that of ${parsed.data.issuer}. Set the issuer to this name`,
    );
  return parsed.data;
}

/** @throws Error with the address and the reason */
export async function fetchJson(
  url: string,
  options: { headers?: Record<string, string>; timeoutMs?: number | undefined } = {},
): Promise<unknown> {
  const headers = { accept: 'application/json', ...options.headers };
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const text = await response.text();
    if (text.length > MAX_DOCUMENT_CHARS) throw new Error('its answer is too large');
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${url} could not be read: ${reason}`, { cause });
  }
}
