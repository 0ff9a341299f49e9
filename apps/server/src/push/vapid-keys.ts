import { createECDH, hkdfSync } from 'node:crypto';

/** The key pair by which push services know this deployment (RFC 8292), on P-256, as base64url. */
export interface VapidKeys {
  /** 65 bytes, uncompressed. Browsers subscribe with it. */
  publicKey: string;
  /** 32 bytes. */
  privateKey: string;
}

/**
 * The keys of a deployment. They are derived from the server's secrets key, as the audit log's signer is: servers that
 * share that key have the same ones, and nothing more has to be stored. Another secrets key ends every sign-in, and
 * subscriptions with them.
 */
export function deriveVapidKeys(secretsKey: string): VapidKeys {
  for (let attempt = 1; ; attempt += 1) {
    const info = `claude-sdk-pattern vapid v${attempt}`;
    const scalar = Buffer.from(hkdfSync('sha256', secretsKey, '', info, 32));
    const pair = createECDH('prime256v1');
    try {
      pair.setPrivateKey(scalar);
    } catch {
      // Not below the order of the curve, once in 2^32.
      continue;
    }
    return { publicKey: pair.getPublicKey('base64url'), privateKey: scalar.toString('base64url') };
  }
}
