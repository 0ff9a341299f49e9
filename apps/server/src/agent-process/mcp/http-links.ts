import { SSEClientTransport, SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { SpanContext } from '@opentelemetry/api';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import { toTraceHeaders } from '../../telemetry/trace-headers.ts';
import { createAuthorizedFetch, namesAuthorization, type ServerAuthorization } from './authorized-fetch.ts';
import { createBoundedFetch } from './bounded-fetch.ts';
import { toStatusFault } from './http-fault.ts';
import { toDetails, toProblem } from './mcp-problem.ts';
import { LostError, type McpLink, type McpLinkOptions } from './mcp-link.ts';

export interface HttpLinkTarget {
  url: string;
  headers: Record<string, string>;
  /** What is kept for the server; not asked where `headers` has such a header itself. */
  authorization?: ServerAuthorization;
  /** What each request is a part of. */
  trace?(): SpanContext | undefined;
}

/** As the specification has it, the answers of a server that knows no streamable HTTP. */
const OLD_SERVER: ReadonlySet<number | undefined> = new Set([400, 404, 405]);

/**
 * A link over streamable HTTP, or over HTTP with SSE where the server refuses the first message as one of revision
 * 2024-11-05 does.
 */
export function createHttpLink(target: HttpLinkTarget, options: McpLinkOptions): McpLink {
  let link = createStreamableLink(target, options);
  let isSettled = false;

  const attach = (next: McpLink) => {
    link = next;
    const { onerror } = next.transport;
    Object.assign(next.transport, {
      onmessage: (...given: Parameters<NonNullable<Transport['onmessage']>>) => transport.onmessage?.(...given),
      // What was only tried is not lost when it ends.
      onclose: () => link === next && isSettled && transport.onclose?.(),
      onerror(error: Error) {
        onerror?.(error);
        if (link === next) transport.onerror?.(error);
      },
    });
    return next.transport.start();
  };

  const transport: Transport = {
    start: () => attach(link),
    async send(message, sendOptions) {
      try {
        await link.transport.send(message, sendOptions);
      } catch (error) {
        if (isSettled || !(error instanceof StreamableHTTPError) || !OLD_SERVER.has(error.code)) throw error;
        const refused = link;
        const old = createSseLink(target, options);
        try {
          await attach(old);
          await old.transport.send(message, sendOptions);
        } catch {
          link = refused;
          await old.close();
          throw error;
        } finally {
          await refused.close();
        }
      } finally {
        isSettled = true;
      }
    },
    setProtocolVersion: (version) => link.transport.setProtocolVersion?.(version),
    close: () => link.close(),
  };
  return {
    transport,
    get lost() {
      return link.lost;
    },
    isProcess: false,
    close: () => link.close(),
  };
}

/** It has no end of its own: every request finds the server again. */
function createStreamableLink(target: HttpLinkTarget, options: McpLinkOptions): McpLink {
  const { url, headers } = target;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: toFetch(target, options),
    requestInit: { headers },
  });
  return {
    // Its types are not made for exactOptionalPropertyTypes.
    transport: transport,
    lost: undefined,
    isProcess: false,
    close: () => transport.close(),
  };
}

/**
 * A link over HTTP with SSE, as revision 2024-11-05 has it: one stream brings every message of the server. The link ends
 * with that stream, because the server then knows the connection no more.
 */
export function createSseLink(target: HttpLinkTarget, options: McpLinkOptions): McpLink {
  const { url, headers } = target;
  let lost: LostError | undefined;
  let broken: unknown;
  const send = toFetch(target, options);
  const transport = new SSEClientTransport(new URL(url), {
    async fetch(input, init) {
      let response: Response;
      try {
        response = await send(input, init);
      } catch (error) {
        broken = error;
        throw error;
      }
      if (init?.method !== 'POST' || response.ok) return watchBody(response, (error) => (broken = error));
      // The transport would quote the body.
      await response.body?.cancel();
      const fault = toStatusFault(response.status);
      return lose(new LostError(fault.message, fault.details));
    },
    requestInit: { headers },
  });
  const lose = (error: LostError): never => {
    lost ??= error;
    void transport.close();
    throw error;
  };
  const onerror = (error: Error) => {
    // Left alone, it would connect again, as somebody whom the server does not know.
    if (!(error instanceof SseError) || lost !== undefined) return;
    lost = new LostError(toProblem(broken ?? error), toDetails(broken ?? error));
    void transport.close();
  };
  Object.assign(transport, { onerror });
  return {
    transport: transport,
    get lost() {
      return lost;
    },
    isProcess: false,
    close: () => transport.close(),
  };
}

/** How requests reach the server: within bounds, and with what is kept for it. */
export function toFetch({ url, headers, authorization, trace }: HttpLinkTarget, options: McpLinkOptions) {
  const send =
    trace === undefined ? createBoundedFetch(options) : createTracedFetch(createBoundedFetch(options), trace);
  if (authorization === undefined || namesAuthorization(headers)) return send;
  return createAuthorizedFetch(send, { url, authorization });
}

type Fetch = ReturnType<typeof createBoundedFetch>;

function createTracedFetch(send: Fetch, trace: () => SpanContext | undefined): Fetch {
  return (input, init) => {
    const span = trace();
    if (span === undefined) return send(input, init);
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(toTraceHeaders(span))) headers.set(name, value);
    return send(input, { ...init, headers });
  };
}

/** The same answer; `onBroken` gets the error that ends its body early. */
function watchBody(response: Response, onBroken: (error: unknown) => void): Response {
  if (response.body === null) return response;
  const { status, statusText, headers } = response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        onBroken(error);
        controller.error(error);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const watched = new Response(body, { status, statusText, headers });
  Object.defineProperty(watched, 'url', { value: response.url });
  return watched;
}
