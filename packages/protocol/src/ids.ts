/** Prefixes of every id that clients see. */
export type IdPrefix =
  | 'sesn'
  | 'sevt'
  | 'sesrsc'
  | 'agent'
  | 'env'
  | 'vlt'
  | 'vcrd'
  | 'file'
  | 'skill'
  | 'skver'
  | 'req'
  | 'thrd'
  | 'froot'
  | 'rule'
  | 'trust'
  | 'bdgt'
  | 'stop'
  | 'user'
  | 'wevt'
  | 'depl'
  | 'drun'
  | 'node'
  | 'term';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/**
 * Creates an id: prefix, `_`, ten characters of time (milliseconds, base 32, sortable) and 80 random bits, so that ids
 * sort by creation and cannot be guessed.
 */
export function createId(prefix: IdPrefix, nowMs: number = Date.now()): string {
  let time = '';
  for (let rest = nowMs, i = 0; i < TIME_CHARS; i += 1, rest = Math.floor(rest / 32)) {
    time = ALPHABET.charAt(rest % 32) + time;
  }
  return `${prefix}_${time}${drawRandom()}`;
}

/** Random bytes for many ids, because a request for random bytes costs far more than an id needs. */
const pool = new Uint8Array(RANDOM_CHARS * 256);
let drawn = pool.length;

function drawRandom(): string {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  let random = '';
  for (const byte of pool.subarray(drawn, drawn + RANDOM_CHARS)) random += ALPHABET.charAt(byte % 32);
  drawn += RANDOM_CHARS;
  return random;
}
