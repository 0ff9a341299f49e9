import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { SealedSecret, SecretPlace } from '../store/secrets.ts';
import type { Keyring } from './keyring.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** As NIST SP 800-38D recommends for GCM: 96 random bits, and a tag of 128. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a value with a new key of its own, and that key with the server's. Both are bound to the place: copied to
 * another one, they do not decrypt.
 */
export function seal(keyring: Keyring, place: SecretPlace, value: string): SealedSecret {
  const dataKey = randomBytes(KEY_BYTES);
  return {
    ciphertext: encrypt(createSecretKey(dataKey), Buffer.from(value), toContext('value', place)),
    ...wrap(keyring, place, dataKey),
  };
}

/**
 * The value that `seal` took.
 * @throws CspError `state_conflict`, which says what to do, where the server lacks the key or the row was changed
 */
export function unseal(keyring: Keyring, place: SecretPlace, sealed: SealedSecret): string {
  const dataKey = createSecretKey(unwrap(keyring, place, sealed));
  return decryptAt(place, () => decrypt(dataKey, sealed.ciphertext, toContext('value', place))).toString();
}

/** The same secret, wrapped with the server's current key. @throws CspError as `unseal` */
export function rewrap(
  keyring: Keyring,
  place: SecretPlace,
  sealed: SealedSecret,
): Pick<SealedSecret, 'keyId' | 'wrappedKey'> {
  return wrap(keyring, place, unwrap(keyring, place, sealed));
}

function wrap({ current }: Keyring, place: SecretPlace, dataKey: Buffer) {
  return { keyId: current.id, wrappedKey: encrypt(current.key, dataKey, toContext(current.id, place)) };
}

function unwrap(keyring: Keyring, place: SecretPlace, { keyId, wrappedKey }: SealedSecret): Buffer {
  const found = keyring.find(keyId);
  if (found !== undefined) return decryptAt(place, () => decrypt(found.key, wrappedKey, toContext(keyId, place)));
  throw new CspError(
    'state_conflict',
    `The secret ${place.name} was encrypted with another secrets key (${keyId}) than this server has (${keyring.current.id}). Start the server with that key as CLAUDE_SDK_PATTERN_SECRETS_KEY_PREVIOUS, or set the secret again`,
  );
}

function decryptAt(place: SecretPlace, work: () => Buffer): Buffer {
  try {
    return work();
  } catch (error) {
    const message = `The secret ${place.name} cannot be decrypted: its row was changed, or copied from another place. Set it again`;
    throw new CspError('state_conflict', message, { cause: error });
  }
}

/** What is authenticated with the ciphertext. JSON, so that no two places are written alike. */
function toContext(use: string, { scope, ownerId, name }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['csp-secret-1', use, scope, ownerId, name]));
}

/** Nonce, tag and ciphertext, in base64url. */
function encrypt(key: KeyObject, plain: Buffer, context: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
}

/** @throws Error where key, context or text is not what `encrypt` had. */
function decrypt(key: KeyObject, text: string, context: Buffer): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(context).setAuthTag(tag);
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
