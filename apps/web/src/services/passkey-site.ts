import type { SignInWays } from '@claude-sdk-pattern/protocol';

/** Whether this page may use passkeys, and if not, why. */
export type PasskeySite =
  | { state: 'here' }
  /** They work at another address of the server. `isLocal`: only in browsers on the server's own machine. */
  | { state: 'elsewhere'; url: string; isLocal: boolean }
  /** The server is set up for no address at which browsers allow them. */
  | { state: 'nowhere' }
  /** This browser has none. */
  | { state: 'unsupported' };

/** Compares the page with where the server says that passkeys work. */
export function findPasskeySite(
  { passkey_origin: origin }: Pick<SignInWays, 'passkey_origin'>,
  page: { origin: string; hasWebAuthn: boolean },
): PasskeySite {
  if (origin === null) return { state: 'nowhere' };
  const isLocal = new URL(origin).hostname === 'localhost';
  if (origin !== page.origin) return { state: 'elsewhere', url: origin, isLocal };
  return page.hasWebAuthn ? { state: 'here' } : { state: 'unsupported' };
}

export function readPage(): { origin: string; hasWebAuthn: boolean } {
  return { origin: location.origin, hasWebAuthn: typeof PublicKeyCredential === 'function' };
}
