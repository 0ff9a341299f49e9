import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';

import { SignInNeededError } from '../../definitions/sign-in-needed.ts';

const MAX_PROBLEM_CHARS = 300;
/** Of servers that do not speak any revision that the client offers, since revision 2026-07-28. */
const UNSUPPORTED_REVISION = -32_022;

/**
 * What went wrong, as a clause for people. Never quotes the body of an answer that is not MCP: the URL may lead to a
 * service that only this machine reaches, and whoever wrote it must not read that service here. The SDK's errors (1.32.2)
 * quote it.
 */
export function toProblem(error: unknown): string {
  if ((error instanceof StreamableHTTPError || error instanceof SseError) && error.code !== undefined && error.code > 0)
    return `it answered with HTTP status ${error.code}`;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  if (error instanceof McpError && error.code === UNSUPPORTED_REVISION)
    return `it speaks none of the revisions of MCP that this platform speaks, which are ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
  const line = withoutPrefix(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_PROBLEM_CHARS ? `${line.slice(0, MAX_PROBLEM_CHARS)} …` : line;
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

/** Words that tell a line of an error from the stack around it. */
const TELLING = /error|exception|panic|fatal|cannot|can't|not found|no such|denied|refused|failed|usage/i;
const NOISE = /^(?:at |\d+: 0x|Node\.js v|npm (?:error|notice) (?:A complete log|$)|[\^~{}\s]*$)/;
const MAX_WORDS_CHARS = 200;

/** The line of a program's last words that says most, at most 200 characters; undefined when it said nothing. */
export function findLastWords(stderrTail: string): string | undefined {
  const lines = stderrTail.split('\n').map((line) => line.trim());
  const words = lines.filter((line) => line !== '' && !NOISE.test(line));
  const line = words.findLast((each) => TELLING.test(each)) ?? words.at(-1);
  return line?.slice(0, MAX_WORDS_CHARS);
}
