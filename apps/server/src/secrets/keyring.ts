import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** A key of the server that encrypts ("wraps") the keys of values, 256 bits. */
export interface WrappingKey {
  /** Public: it says which key has wrapped something, and nothing about the key. */
  id: string;
  key: KeyObject;
}

/** The keys of this server: `current` wraps, all of them unwrap. */
export interface Keyring {
  current: WrappingKey;
  find(id: string): WrappingKey | undefined;
}

/**
 * Derives the keys from the server's secrets key, and from another one that is given besides during a rotation. HKDF with
 * names of their own (RFC 5869), so that no other use of the secrets key has the same keys.
 */
export function createKeyring(secretsKey: string, previousSecretsKey?: string): Keyring {
  const current = deriveKey(secretsKey);
  const keys = previousSecretsKey === undefined ? [current] : [current, deriveKey(previousSecretsKey)];
  return { current, find: (id) => keys.find((each) => each.id === id) };
}

function deriveKey(secretsKey: string): WrappingKey {
  const derive = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secretsKey, '', `claude-sdk-pattern secrets ${use} v1`, bytes));
  return { id: derive('key id', 8).toString('hex'), key: createSecretKey(derive('wrapping', 32)) };
}
