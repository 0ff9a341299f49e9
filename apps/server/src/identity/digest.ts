import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * SHA-256 in hex: how random tokens and keys are stored. They have 256 random bits, so that a slow password hash would
 * protect nothing and would cost on every request.
 */
export function toDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares two digests of equal length in constant time. */
export function isSameDigest(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left, 'hex'), Buffer.from(right, 'hex'));
}
