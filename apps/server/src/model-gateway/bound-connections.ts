import type { Duplex } from 'node:stream';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Grant } from './session-tokens.ts';

export interface ConnectionLimits {
  /** Limit for all connections; one more is closed at once. */
  maxConnections: number;
  /** Limit for connections that have not shown a token; one more closes the oldest of them. */
  maxUnknown: number;
  /** With one token; the call that would need one more is refused. */
  maxPerToken: number;
  /** From the connection to its first request with a token. */
  unknownTimeoutMs: number;
}

/** An agent makes 64 calls at most at the same time, and keeps connections open between them. */
export const CONNECTION_LIMITS: ConnectionLimits = {
  ...{ maxConnections: 4096, maxUnknown: 256, maxPerToken: 128 },
  unknownTimeoutMs: 10_000,
};

export interface BoundConnections {
  /** Counts a new connection. It is destroyed when there are too many, or when it shows no token in time. */
  add(socket: Duplex): void;
  /** A request with a token came on it. @throws CspError `rate_limited` when the token has too many connections. */
  know(socket: Duplex, grant: Grant): void;
}

/**
 * Limits connections, each of which takes a descriptor. A connection's process is known only when a request shows a
 * token.
 */
export function createBoundConnections(limits: ConnectionLimits = CONNECTION_LIMITS): BoundConnections {
  /** Oldest first. */
  const unknown = new Map<Duplex, NodeJS.Timeout>();
  const known = new Map<Duplex, Grant>();

  const forget = (socket: Duplex) => {
    clearTimeout(unknown.get(socket));
    unknown.delete(socket);
    const grant = known.get(socket);
    if (grant) grant.held.connections -= 1;
    known.delete(socket);
  };
  const close = (socket: Duplex) => {
    forget(socket);
    socket.destroy();
  };

  return {
    add(socket) {
      const [oldest] = unknown.keys();
      if (oldest !== undefined && unknown.size >= limits.maxUnknown) close(oldest);
      if (unknown.size + known.size >= limits.maxConnections) {
        socket.destroy();
        return;
      }
      unknown.set(socket, setTimeout(close, limits.unknownTimeoutMs, socket).unref());
      socket.once('close', () => forget(socket));
    },
    know(socket, grant) {
      if (socket.destroyed || known.get(socket) === grant) return;
      if (grant.held.connections >= limits.maxPerToken) {
        throw new CspError('rate_limited', `A process has at most ${limits.maxPerToken} connections at the same time`);
      }
      forget(socket);
      grant.held.connections += 1;
      known.set(socket, grant);
    },
  };
}
