import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { CspError, createId, type ErrorEnvelope } from '@claude-sdk-pattern/protocol';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './error-envelope.ts';
import { BARE_ANSWER_HEADERS } from './security-headers.ts';

/**
 * Fastify options for requests that never reach a route: paths that cannot be decoded, and bytes that are not HTTP.
 * They get the same error envelope as all others.
 */
export const brokenRequests = {
  // Node would answer a missing Host header with an empty page; `requireHost` answers it with the envelope.
  http: { requireHostHeader: false },
  frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply) {
    // No hook has run that would set them.
    void reply.headers({ ...BARE_ANSWER_HEADERS, 'request-id': request.id });
    sendError(error, request, reply);
  },
  clientErrorHandler(error, socket) {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
    endWithEnvelope(
      socket,
      isTooLarge
        ? new CspError('too_large', 'The headers of the request are too large')
        : new CspError('invalid_request', 'The request is not valid HTTP'),
    );
  },
} satisfies FastifyHttpOptions<Server>;

/** @throws CspError `invalid_request` where HTTP asks for a Host header and there is none. */
export function requireHost({ headers, raw }: FastifyRequest): void {
  if (headers.host === undefined && raw.httpVersion === '1.1')
    throw new CspError('invalid_request', 'The request has no Host header');
}

/**
 * After an upgrade request that was answered without an upgrade, Node does not watch the connection any more: it
 * would stay open.
 */
export function endRefusedUpgrade({ raw }: FastifyRequest): void {
  if ('upgrade' in raw && raw.upgrade === true) raw.socket.destroySoon();
}

const REASONS: Partial<Record<number, string>> = { 400: 'Bad Request', 413: 'Content Too Large' };
/**
 * A client that is still sending reads the answer only if the server keeps reading, up to this many bytes and this
 * long.
 */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;
const MAX_DROPPING_MS = 2000;

/** Writes the error envelope to a socket that has no response, and ends it when the client has sent the rest. */
export function endWithEnvelope(socket: Duplex, error: CspError): void {
  const requestId = createId('req');
  const envelope: ErrorEnvelope = { type: 'error', error: error.toBody(), request_id: requestId };
  const body = JSON.stringify(envelope);
  const head = [
    `HTTP/1.1 ${error.status} ${REASONS[error.status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `request-id: ${requestId}`,
    'x-should-retry: false',
    'connection: close',
    ...Object.entries(BARE_ANSWER_HEADERS).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  dropRest(socket);
}

/**
 * Closing a socket with unread bytes resets the connection, and the answer on it is lost. The socket destroys itself
 * when the client has ended its side too.
 */
function dropRest(socket: Duplex): void {
  let droppedBytes = 0;
  const timer = setTimeout(() => socket.destroy(), MAX_DROPPING_MS);
  // Node's parser listens too, and would report every further piece as another error.
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    droppedBytes += chunk.length;
    if (droppedBytes > MAX_DROPPED_BYTES) socket.destroy();
  });
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}
