import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { CspError, createId, type ErrorEnvelope } from '@claude-sdk-pattern/protocol';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './error-envelope.ts';

/**
 * Options of Fastify for what never reaches a route: addresses that cannot be decoded, and bytes that are no HTTP. They
 * are answered with the same envelope as everything else.
 */
export const brokenRequests = {
  // Node would answer it with an empty page; `requireHost` refuses it.
  http: { requireHostHeader: false },
  frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply) {
    // No hook has run.
    void reply.header('request-id', request.id);
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

/** Node keeps no watch over a connection that asked for an upgrade and was answered otherwise: nobody would ever close it. */
export function endRefusedUpgrade({ raw }: FastifyRequest): void {
  if ('upgrade' in raw && raw.upgrade === true) raw.socket.destroySoon();
}

const REASONS: Partial<Record<number, string>> = { 400: 'Bad Request', 413: 'Content Too Large' };
/** A client that is still sending reads its answer only if we go on reading, for at most so much and so long. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;
const MAX_DROPPING_MS = 2000;

/** Answers on a socket that no response belongs to, and ends it once the client has sent what it was about to. */
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
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  dropRest(socket);
}

/**
 * Closing on bytes that nobody has read resets the connection, and with it the answer that is on its way. The socket
 * destroys itself when the client has ended its side too.
 */
function dropRest(socket: Duplex): void {
  let droppedBytes = 0;
  const timer = setTimeout(() => socket.destroy(), MAX_DROPPING_MS);
  // Node's parser listens as well, and would report every further piece as another error.
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    droppedBytes += chunk.length;
    if (droppedBytes > MAX_DROPPED_BYTES) socket.destroy();
  });
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}
