import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';

import { ZodError } from 'zod';

import { SignInNeededError } from '../../definitions/sign-in-needed.ts';
import { FaultError, type FaultDetails } from './fault.ts';
import { findWriteRemedy } from './find-write-remedy.ts';
import { NO_MCP, toStatusFault } from './http-fault.ts';
import { STATELESS_REVISION } from './mcp-client.ts';

const MAX_PROBLEM_CHARS = 300;
/** Of servers that do not speak any revision that the client offers, since revision 2026-07-28. */
const UNSUPPORTED_REVISION = -32_022;
const REVISIONS = [STATELESS_REVISION, ...SUPPORTED_PROTOCOL_VERSIONS];

/**
 * What went wrong, as a clause for people. Never quotes the body of an answer that is not MCP: the URL may lead to a
 * service that only this machine reaches, and whoever wrote it must not read that service here. The SDK's errors (1.32.2)
 * quote it.
 */
export function toProblem(error: unknown): string {
  const fault = findFault(error);
  if (fault !== undefined) return fault.message;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  if (error instanceof McpError && error.code === UNSUPPORTED_REVISION)
    return `it speaks none of the revisions of MCP that this platform speaks, which are ${REVISIONS.join(', ')}`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
  const line = withoutPrefix(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_PROBLEM_CHARS ? `${line.slice(0, MAX_PROBLEM_CHARS)} …` : line;
}

/** What people can do about it, and what a program said, where that is known. */
export function toDetails(error: unknown): FaultDetails {
  const fault = findFault(error);
  if (fault === undefined) return {};
  const remedy = findWriteRemedy(fault.details.output ?? fault.message);
  return remedy === undefined ? fault.details : { ...fault.details, remedy };
}

function findFault(error: unknown): FaultError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const fault = [error, cause].find((each) => each instanceof FaultError);
  if (fault !== undefined) return fault;
  if (error instanceof ZodError) return NO_MCP;
  if (!(error instanceof StreamableHTTPError || error instanceof SseError) || error.code === undefined)
    return undefined;
  return toStatusFault(error.code);
}

/** Whether the server wants somebody to sign in first. */
export function isUnauthorized(error: unknown): boolean {
  if (error instanceof SignInNeededError) return true;
  if (error instanceof Error && error.cause instanceof SignInNeededError) return true;
  return (error instanceof StreamableHTTPError || error instanceof SseError) && error.code === 401;
}

/** Each error of the SDK begins with its code, repeated for every layer that passed it on. */
export function withoutPrefix(message: string): string {
  return message.replace(/^(?:(?:MCP error -?\d+|SSE error): )+/, '');
}

/**
 * Whether the server does not know the connection any more, such as after a restart. Then the request was not carried
 * out, and a new connection is needed. The specification says 404; servers made from the SDK's examples answer 400.
 */
export function isForgotten(error: unknown): boolean {
  return error instanceof StreamableHTTPError && (error.code === 404 || error.code === 400);
}
