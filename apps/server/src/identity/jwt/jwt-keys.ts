import { CspError } from '@claude-sdk-pattern/protocol';
import type { createRemoteJWKSet, JWTVerifyGetKey } from 'jose';

import { discover } from '../oidc/discovery.ts';
import type { JwtIssuer } from './jwt-issuer.ts';

const FETCH_TIMEOUT_MS = 3000;
/** Keys older than this are fetched again, while the old ones still serve. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Keys older than this serve no more: the issuer may have withdrawn them. */
const MAX_AGE_MS = 60 * 60_000;
/** Between two fetches for keys that are not known. */
const COOLDOWN_MS = 30_000;
/** After a fetch that failed: until then tokens are answered at once, and the issuer is left alone. */
const RETRY_AFTER_MS = 10_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/** The keys of an issuer. They are fetched when they are first needed, and again for a key that is not known. */
export interface JwtKeys {
  /**
   * Resolves with the key set, as `jwtVerify` takes it. Of many calls at once one fetches.
   * @throws CspError `provider_unavailable` where the keys cannot be had
   */
  get: JWTVerifyGetKey;
}

export interface JwtKeysDeps {
  /** Milliseconds that never jump. */
  monotonicMs: () => number;
  fetchTimeoutMs?: number | undefined;
}

export function createJwtKeys(
  { issuer, jwks_url: url }: Pick<JwtIssuer, 'issuer' | 'jwks_url'>,
  deps: JwtKeysDeps,
): JwtKeys {
  const { monotonicMs, fetchTimeoutMs = FETCH_TIMEOUT_MS } = deps;
  let opening: Promise<RemoteKeys> | undefined;
  let failure: { error: CspError; untilMs: number } | undefined;
  let refreshAtMs = 0;

  async function open(): Promise<RemoteKeys> {
    const jose = await import('jose');
    const address = url ?? (await discover(issuer, fetchTimeoutMs)).jwks_uri;
    const options = { timeoutDuration: fetchTimeoutMs, cooldownDuration: COOLDOWN_MS, cacheMaxAge: MAX_AGE_MS };
    const keys: RemoteKeys = jose.createRemoteJWKSet(new URL(address), options);
    await keys.reload();
    refreshAtMs = monotonicMs() + REFRESH_AFTER_MS;
    return keys;
  }

  function fail(cause: unknown): CspError {
    // The reason may name addresses inside the operator's network; it is in the log.
    const message = `The keys of the issuer ${issuer} cannot be fetched, so its tokens cannot be checked. Try again soon.`;
    const error = new CspError('provider_unavailable', message, { cause, retryAfterMs: RETRY_AFTER_MS });
    failure = { error, untilMs: monotonicMs() + RETRY_AFTER_MS };
    return error;
  }

  /** Why the issuer is left alone for now. */
  function findFailure(): CspError | undefined {
    return failure !== undefined && failure.untilMs > monotonicMs() ? failure.error : undefined;
  }

  async function getOpened(): Promise<RemoteKeys> {
    const failed = findFailure();
    if (failed !== undefined && opening === undefined) throw failed;
    opening ??= open();
    const current = opening;
    try {
      return await current;
    } catch (error) {
      if (opening === current) {
        opening = undefined;
        fail(error);
      }
      throw failure?.error ?? error;
    }
  }

  function refresh(keys: RemoteKeys): void {
    if (monotonicMs() < refreshAtMs || keys.reloading) return;
    // A failure leaves the old keys in use until they are too old.
    keys.reload().then(
      () => (refreshAtMs = monotonicMs() + REFRESH_AFTER_MS),
      (error: unknown) => void fail(error),
    );
  }

  return {
    async get(header, token) {
      const { createLocalJWKSet, errors } = await import('jose');
      const keys = await getOpened();
      const failed = findFailure();
      if (failed === undefined) refresh(keys);
      // While the issuer does not answer, nobody waits for it: the keys that are known serve as long as they may.
      const known = keys.fresh ? keys.jwks() : undefined;
      if (failed !== undefined && known === undefined) throw failed;
      try {
        return await (failed === undefined || known === undefined ? keys : createLocalJWKSet(known))(header, token);
      } catch (error) {
        if (failed !== undefined && error instanceof errors.JWKSNoMatchingKey) throw failed;
        // The issuer has answered, and has no such key.
        const isOfToken = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported].some(
          (each) => error instanceof each,
        );
        throw isOfToken ? error : fail(error);
      }
    },
  };
}
