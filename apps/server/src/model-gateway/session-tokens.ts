import { createHash, randomBytes } from 'node:crypto';

/** Whom a token speaks for. */
export interface TokenHolder {
  /** Null while no session has claimed the process. */
  sessionId: string | null;
  ownerId: string | null;
}

/** Tokens that only this gateway accepts. They live in memory: a token dies with the process that it was made for. */
export interface SessionTokens {
  issue(holder: TokenHolder): string;
  /** From now on the token speaks for somebody else: a spare is claimed. */
  assign(token: string, holder: TokenHolder): void;
  find(token: string): TokenHolder | undefined;
  revoke(token: string): void;
}

/** The prefix makes the token look like an API key to the CLI and unlike one to people and secret scanners. */
const PREFIX = 'csp-session-';

export function createSessionTokens(): SessionTokens {
  // Kept by digest, so that neither a heap dump nor the time of a look-up tells a token.
  const holders = new Map<string, TokenHolder>();
  const digest = (token: string) => createHash('sha256').update(token).digest('base64');
  return {
    issue(holder) {
      const token = PREFIX + randomBytes(32).toString('base64url');
      holders.set(digest(token), holder);
      return token;
    },
    assign(token, holder) {
      if (holders.has(digest(token))) holders.set(digest(token), holder);
    },
    find: (token) => holders.get(digest(token)),
    revoke(token) {
      holders.delete(digest(token));
    },
  };
}
