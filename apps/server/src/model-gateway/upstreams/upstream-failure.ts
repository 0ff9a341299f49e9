import type { IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

/** A model call that the upstream did not answer, or answered with an error. */
export interface UpstreamFailure {
  /** Null where the connection failed. */
  statusCode: number | null;
  /** To be passed on when it is not tried again; undefined where there was no answer. */
  answer: { headers: IncomingHttpHeaders; body: Buffer } | undefined;
  /** Whether the same call may succeed later. */
  isPassing: boolean;
  /** How long the upstream asks to wait, if it does. */
  askedWaitMs: number | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const NOT_REACHED: UpstreamFailure = {
  statusCode: null,
  answer: undefined,
  isPassing: true,
  askedWaitMs: undefined,
};

/**
 * Whether a failure says that the upstream does not work: no answer, or one of 500 or more, 529 included. What a caller
 * did wrong does not, nor a limit (429) of one key: the upstream answers both well.
 */
export function isUpstreamFault({ statusCode }: Pick<UpstreamFailure, 'statusCode'>): boolean {
  return statusCode === null || statusCode >= 500;
}

/** What the official clients try again: a time-out, a lock, too many requests, and faults of the server. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 409, 429]);

/** An answer of 400 or more, as the API and its official clients read it. */
export function toFailure(
  statusCode: number,
  headers: Headers,
  { body, nowMs }: { body: Buffer; nowMs: number },
): UpstreamFailure {
  const advice = headers['x-should-retry'];
  const isPassing =
    advice === 'true' || (advice !== 'false' && (statusCode >= 500 || PASSING_STATUSES.has(statusCode)));
  return { statusCode, answer: { headers, body }, isPassing, askedWaitMs: readAskedWait(headers, nowMs) };
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date. */
function readAskedWait(headers: Headers, nowMs: number): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (exact >= 0) return exact;
  const stated = headers['retry-after'];
  if (typeof stated !== 'string') return undefined;
  const waitMs = /^\d+(\.\d+)?$/.test(stated) ? Number(stated) * 1000 : Date.parse(stated) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** The statuses of errors that come as the first event of a stream that has begun well. */
const STATUSES: Readonly<Record<string, number>> = {
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};
const errorBody = z.looseObject({
  type: z.literal('error'),
  error: z.looseObject({ type: z.string(), message: z.string().optional() }),
});
const EVENT_NAME = Buffer.from('event: error');
const NEW_LINE = 10;

/**
 * The index at which an error event begins in the bytes of a stream; -1 without one. In data, new lines are escaped.
 */
export function findErrorEvent(chunk: Buffer): number {
  const at = chunk.indexOf(EVENT_NAME);
  return at <= 0 || chunk[at - 1] === NEW_LINE ? at : -1;
}

/**
 * The HTTP status that corresponds to an error event; undefined when another try would not help, or the event cannot
 * be read.
 */
export function readErrorEvent(event: Buffer): { statusCode: number; body: Buffer } | undefined {
  const data = /^data: ?(.*)$/m.exec(event.toString('utf8'))?.[1];
  if (data === undefined) return undefined;
  try {
    const { error } = errorBody.parse(JSON.parse(data));
    const statusCode = STATUSES[error.type];
    return statusCode === undefined ? undefined : { statusCode, body: Buffer.from(data) };
  } catch {
    return undefined;
  }
}

/** The error, with the end of the requested wait added for people; unchanged when it cannot be read. */
export function sayUntil(body: Buffer, untilMs: number): Buffer {
  try {
    const read = errorBody.parse(JSON.parse(body.toString('utf8')));
    const message = `${read.error.message ?? read.error.type}. The model asks to wait until ${new Date(untilMs).toISOString()}`;
    return Buffer.from(JSON.stringify({ ...read, error: { ...read.error, message } }));
  } catch {
    return body;
  }
}
