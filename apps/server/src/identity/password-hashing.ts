import { availableParallelism } from 'node:os';

import { CspError } from '@claude-sdk-pattern/protocol';
import { hashPassword, verifyPassword } from 'better-auth/crypto';

import { createLimiter } from '../lib/limiter.ts';

/**
 * A hash takes 32 MiB, and a core and one of the four threads of Node's pool for 60 ms. Files, DNS and compression need
 * that pool too, and the rest of the server needs a core.
 */
const MAX_AT_ONCE = Math.min(2, Math.max(1, availableParallelism() - 1));
/** Who comes when so many wait is refused: they would wait for seconds. */
const MAX_WAITING = 20;
const RETRY_AFTER_MS = 2000;

/** Makes and checks the hashes of passwords, as better-auth takes it. */
export interface PasswordHashing {
  /** @throws CspError `overloaded` while many wait */
  hash(password: string): Promise<string>;
  /** @throws CspError `overloaded` while many wait */
  verify(check: { hash: string; password: string }): Promise<boolean>;
}

/**
 * better-auth's own hashes (scrypt, 1.7.25), but few at once: it starts as many as are asked for, and whatever needs
 * Node's pool waits behind them.
 */
export function createPasswordHashing(scrypt: PasswordHashing = { hash: hashPassword, verify: verifyPassword }) {
  const limiter = createLimiter(MAX_AT_ONCE);
  let waiting = 0;
  const run = async <T>(task: () => Promise<T>): Promise<T> => {
    if (!limiter.isFree && waiting >= MAX_WAITING)
      throw new CspError('overloaded', 'Too many people sign in at this moment. Try again in a few seconds.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    waiting += 1;
    return limiter.run(() => {
      waiting -= 1;
      return task();
    });
  };
  return {
    hash: (password) => run(() => scrypt.hash(password)),
    verify: (check) => run(() => scrypt.verify(check)),
  } satisfies PasswordHashing;
}
