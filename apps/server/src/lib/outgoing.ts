import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import { Agent, request } from 'undici';

import { isPublicAddress } from './public-address.ts';

export interface OutgoingMessage {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  signal?: AbortSignal | undefined;
}

export interface OutgoingAnswer {
  /** Of HTTP. A redirection is an answer: it is not followed. */
  status: number;
  /** What a `retry-after` header in seconds asks for. */
  retryAfterMs: number | undefined;
}

/** Posts messages of the server itself to hosts that people name. Connections are kept open for a short time. */
export interface Outgoing {
  /**
   * Whether a message may go there: to https on a public host, or to one of the allowed origins. A name may still lead
   * to an address that is not public; then `post` rejects.
   */
  mayReach(url: string): boolean;
  /** Resolves with any answer. Rejects when none comes in ten seconds, and when the message may not go there. */
  post(message: OutgoingMessage): Promise<OutgoingAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** Of an answer's body, which nobody reads. */
const MAX_READ_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 16;

export interface OutgoingOptions {
  /** Origins that messages may be sent to whatever their scheme and address are, such as `http://10.0.0.5:8080`. */
  allowedOrigins: readonly string[];
  lookup?: typeof lookUp;
}

/**
 * Guards against requests to the inside of the network (SSRF): the address that a name leads to is checked when the
 * connection is made, so that a name cannot lead elsewhere after the check.
 */
export function createOutgoing({ allowedOrigins, lookup = lookUp }: OutgoingOptions): Outgoing {
  const allowed = new Set(allowedOrigins.map((origin) => new URL(origin).origin));
  const limits = { connections: MAX_CONNECTIONS, pipelining: 1, connectTimeout: TIMEOUT_MS };
  const open = new Agent(limits);
  const guarded = new Agent({ ...limits, connect: { lookup: toGuardedLookup(lookup), timeout: TIMEOUT_MS } });
  const isAllowed = ({ origin }: URL) => allowed.has(origin);

  return {
    mayReach(url) {
      const target = URL.parse(url);
      return target !== null && (isAllowed(target) || isPublicHttps(target));
    },

    async post({ url, headers, body, signal }) {
      const target = new URL(url);
      if (!isAllowed(target) && !isPublicHttps(target)) throw new Error(`${target.host} is no public https host`);
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const {
        statusCode,
        headers: answered,
        body: answer,
      } = await request(target, {
        ...{ method: 'POST', headers, body, dispatcher: isAllowed(target) ? open : guarded },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      // Not read to its end, it would hold the connection.
      await answer.dump({ limit: MAX_READ_BYTES }).catch(() => undefined);
      const seconds = Number(answered['retry-after'] ?? Number.NaN);
      return { status: statusCode, retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined };
    },

    async close() {
      await Promise.all([open.destroy(), guarded.destroy()]);
    },
  };
}

/** Whether it is https on a host that may be public: of a name, the address decides, when it is known. */
export function isPublicHttps({ protocol, hostname, username, password }: URL): boolean {
  if (protocol !== 'https:' || username !== '' || password !== '') return false;
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || isPublicAddress(host);
}

/** A lookup that fails for a name with any address that is not public. */
export function toGuardedLookup(lookup: typeof lookUp): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const isOutside = first !== undefined && addresses.every(({ address }) => isPublicAddress(address));
      if (error === null && !isOutside)
        callback(new Error(`${hostname} leads to an address that is not public`), '', 0);
      else if (error !== null || options.all === true) callback(error, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
}
