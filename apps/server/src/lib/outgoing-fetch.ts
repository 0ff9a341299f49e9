import { lookup as lookUp } from 'node:dns';

import { Agent, fetch as undiciFetch, type RequestInit as UndiciRequestInit } from 'undici';

import { isPublicHttps, toGuardedLookup } from './outgoing.ts';

/** As `fetch`. Rejects for an address that may not be reached. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Requests of the server to hosts that other servers name, whose answers it reads. */
export interface OutgoingFetch {
  /**
   * A `fetch` that reaches https on public hosts, the allowed origins, and `trusted` ones besides. An answer is complete within
   * ten seconds and has 1 MiB at most, or its body breaks. Redirections are answers.
   */
  open(trusted?: readonly string[]): Fetch;
  close(): Promise<void>;
}

export interface OutgoingFetchOptions {
  /** Origins that may be reached whatever their scheme and address are. */
  allowedOrigins: readonly string[];
  lookup?: typeof lookUp;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 16;

/** Guards against requests to the inside of the network (SSRF) as `createOutgoing` does: by the address, when it connects. */
export function createOutgoingFetch({ allowedOrigins, lookup = lookUp }: OutgoingFetchOptions): OutgoingFetch {
  const limits = { connections: MAX_CONNECTIONS, pipelining: 1, connectTimeout: TIMEOUT_MS };
  const unguarded = new Agent(limits);
  const guarded = new Agent({ ...limits, connect: { lookup: toGuardedLookup(lookup), timeout: TIMEOUT_MS } });

  return {
    open(trusted = []) {
      const allowed = new Set([...allowedOrigins, ...trusted].map((origin) => new URL(origin).origin));
      return async (url, init = {}) => {
        const target = new URL(url);
        const isAllowed = allowed.has(target.origin);
        if (!isAllowed && !isPublicHttps(target))
          throw new Error(`${target.origin} may not be reached: it is not https on a public host`);
        const timeout = AbortSignal.timeout(TIMEOUT_MS);
        const response = await undiciFetch(target, {
          // The package has its own types of the same classes.
          ...(init as object as UndiciRequestInit),
          ...(init.headers !== undefined && { headers: Object.fromEntries(new Headers(init.headers)) }),
          redirect: 'manual',
          signal: init.signal == null ? timeout : AbortSignal.any([init.signal, timeout]),
          dispatcher: isAllowed ? unguarded : guarded,
        });
        const { status, statusText } = response;
        const headers = new Headers([...response.headers]);
        const body = response.body as ReadableStream<Uint8Array> | null;
        const bounded = new Response(body?.pipeThrough(limitBytes(MAX_BODY_BYTES)) ?? null, {
          ...{ status, statusText, headers },
        });
        Object.defineProperty(bounded, 'url', { value: target.href });
        return bounded;
      };
    },

    async close() {
      await Promise.all([unguarded.destroy(), guarded.destroy()]);
    },
  };
}

function limitBytes(most: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > most) throw new Error(`The answer has more than ${most} bytes`);
      controller.enqueue(chunk);
    },
  });
}
