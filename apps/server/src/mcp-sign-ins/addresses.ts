import { withoutRootSlash } from './authorization-server.ts';
import { toKeptName } from './server-address.ts';

/** The page of the web app to which authorization servers send people back; the key of the issuer follows. */
const CALLBACK_PATH = '/mcp-sign-in';
/** The platform's client id metadata documents; the key of the issuer follows. */
export const CLIENT_METADATA_PATH = '/oauth/client-metadata';
export const ISSUER_KEY = /^[0-9a-f]{40}$/;

/** A digest of an issuer, as the last segment of addresses that are for this issuer alone. */
export function toIssuerKey(issuer: string): string {
  return toKeptName(withoutRootSlash(issuer));
}

/**
 * Where an authorization server sends people back. Each has an address of its own (RFC 9700, 4.4.2.2), so that the answer of
 * one is never taken for that of another, which would then get the code.
 * @param baseUrl of the platform, without a slash at its end
 */
export function toRedirectUri(baseUrl: string, issuerKey: string): string {
  return `${baseUrl}${CALLBACK_PATH}/${issuerKey}`;
}

/** Address of the platform's client id metadata document for an issuer; undefined where nobody can read it by https. */
export function toClientMetadataUrl(publicUrl: string | undefined, issuerKey: string): string | undefined {
  if (publicUrl?.startsWith('https:') !== true) return undefined;
  return `${publicUrl}${CLIENT_METADATA_PATH}/${issuerKey}`;
}
