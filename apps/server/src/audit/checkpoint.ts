import { createPrivateKey, createPublicKey, hkdfSync, sign, verify, type KeyObject } from 'node:crypto';

import type { AuditCheckpoint } from '../store/audit.ts';
import type { ChainEnd } from './chain.ts';

/** Signs how far the audit log reaches. */
export interface CheckpointSigner {
  /** The Ed25519 public key as base64url of its 32 bytes. */
  readonly publicKey: string;
  /** `base` also says that what is older was removed on purpose, so that a `head` cannot pass for one. */
  sign(kind: 'head' | 'base', end: ChainEnd, nowMs: number): AuditCheckpoint;
}

/** An Ed25519 key in PKCS 8 (RFC 8410) up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The signer of a deployment. Its key is derived from the server's secrets key, so servers that share that key sign
 * alike, and who can only write to the database cannot sign.
 */
export function createCheckpointSigner(secretsKey: string): CheckpointSigner {
  const seed = Buffer.from(hkdfSync('sha256', secretsKey, '', 'claude-sdk-pattern audit v1', 32));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = toPublicText(createPublicKey(key));

  return {
    publicKey,
    sign(kind, { seq, hash }, nowMs) {
      const unsigned = { kind, seq, hash, at: new Date(nowMs).toISOString(), public_key: publicKey };
      return { ...unsigned, signature: sign(null, toSigned(unsigned), key).toString('base64url') };
    },
  };
}

/** Whether the signature is good under the checkpoint's own key; the caller decides whether to trust that key. */
export function isSigned(checkpoint: AuditCheckpoint): boolean {
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: checkpoint.public_key };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = Buffer.from(checkpoint.signature, 'base64url');
    // Other texts can stand for the same bytes.
    if (signature.toString('base64url') !== checkpoint.signature) return false;
    return verify(null, toSigned(checkpoint), key, signature);
  } catch {
    return false;
  }
}

/** A checkpoint that was read from a file, or undefined where it is none. */
export function toCheckpoint(value: unknown): AuditCheckpoint | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, seq, hash, at, public_key, signature } = value as Record<string, unknown>;
  if (typeof seq !== 'number' || kind !== 'head') return undefined;
  for (const text of [hash, at, public_key, signature]) if (typeof text !== 'string') return undefined;
  return { kind, seq, hash, at, public_key, signature } as AuditCheckpoint;
}

function toSigned({ kind, seq, hash, at, public_key: publicKey }: Omit<AuditCheckpoint, 'signature'>): Buffer {
  return Buffer.from(JSON.stringify(['csp-audit-checkpoint-1', kind, seq, hash, at, publicKey]));
}

function toPublicText(key: KeyObject): string {
  return String(key.export({ format: 'jwk' }).x);
}
