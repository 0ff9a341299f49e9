import type { ServerResponse } from 'node:http';

import { CspError, createId } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MeteredRequest } from '../usage/usage-recorder.ts';
import { toClientHeaders } from './headers.ts';
import { passAnswer } from './pass-answer.ts';
import { planRetry } from './plan-retry.ts';
import { refuseCall } from './refuse-call.ts';
import type { Grant, ModelRetry, TokenHolder } from './session-tokens.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';
import { NOT_REACHED, sayUntil, type UpstreamFailure } from './upstream-failure.ts';
import { createUsageReader } from './usage-reader.ts';
import { waitForRetry } from './wait-for-retry.ts';

export interface ForwardDeps {
  upstream: Upstream;
  clock: Clock;
  logger: Logger;
  /** How often a call that failed is made again. */
  maxRetries: number;
  /** Called once for each call that was made of the upstream and costs tokens, after its last byte; must not throw. */
  onRequest(request: MeteredRequest): void;
}

/** The CLI asks again by itself unless it is told not to; that would double what was done here. */
const NO_RETRY = { 'x-should-retry': 'false' };
/** Statuses that the CLI tries again for minutes without the advice. */
const ASKED_AGAIN: ReadonlySet<number> = new Set([401, 403]);

/**
 * Makes the call and passes its answer on. A call that fails before anything of an answer was passed on is made again,
 * after waits that its session hears of. Rejects with the reason of the signal, and when the answer broke off.
 */
export async function forwardCall(
  deps: ForwardDeps,
  outgoing: UpstreamRequest,
  { response, grant }: { response: ServerResponse; grant: Grant },
): Promise<void> {
  // What costs nothing is not worth a wait that people see.
  const maxAttempts = outgoing.endpoint.isMetered ? deps.maxRetries : 0;
  for (let attempt = 1; ; attempt += 1) {
    const failure = await makeCall(deps, outgoing, { response, holder: grant.holder });
    if (failure === undefined) return;
    const plan = planRetry(failure, { attempt, maxAttempts, random: Math.random });
    if (plan === undefined) {
      passFailure(response, failure, deps.clock);
      return;
    }
    await waitAndTell(
      { ...plan, attempt, maxAttempts },
      { failure, grant, clock: deps.clock, signal: outgoing.signal },
    );
  }
}

/** Once; resolves with what went wrong before anything was passed on. */
async function makeCall(
  { upstream, clock, logger, onRequest }: ForwardDeps,
  outgoing: UpstreamRequest,
  { response, holder }: { response: ServerResponse; holder: TokenHolder },
): Promise<UpstreamFailure | undefined> {
  const startedAtMs = performance.now();
  const { isMetered } = outgoing.endpoint;
  if (isMetered) holder.listener?.onCallBegin();
  let statusCode: number | null = null;
  let reader = createUsageReader('');
  try {
    const answer = await upstream.send(outgoing);
    statusCode = answer.statusCode;
    reader = createUsageReader(String(answer.headers['content-type'] ?? ''));
    const onChunk = isMetered ? reader.push : () => undefined;
    const failure = await passAnswer(answer, response, { onChunk, signal: outgoing.signal, nowMs: clock.now() });
    statusCode = failure?.statusCode ?? statusCode;
    return failure;
  } catch (error) {
    if (response.headersSent || outgoing.signal.aborted || error instanceof CspError) throw error;
    statusCode = null;
    logger.warn({ err: error, session_id: holder.sessionId }, 'the model upstream gave no answer');
    return NOT_REACHED;
  } finally {
    if (isMetered) {
      const usage = reader.end();
      holder.listener?.onCallEnd(usage);
      onRequest({ id: createId('req'), holder, usage, statusCode, durationMs: performance.now() - startedAtMs });
    }
  }
}

async function waitAndTell(
  { delayMs, attempt, maxAttempts }: Pick<ModelRetry, 'delayMs' | 'attempt' | 'maxAttempts'>,
  options: { failure: UpstreamFailure; grant: Grant; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { failure, grant, clock, signal } = options;
  const { listener } = grant.holder;
  const wait = waitForRetry(delayMs, signal);
  const retry: ModelRetry = {
    attempt,
    maxAttempts,
    delayMs,
    retryAtMs: clock.now() + delayMs,
    isAskedFor: failure.askedWaitMs !== undefined,
    statusCode: failure.statusCode,
    retryNow: wait.endNow,
  };
  listener?.onRetryWait(retry);
  try {
    await wait.ended;
    listener?.onRetryWaitEnd(retry, 'retried');
  } catch (error) {
    listener?.onRetryWaitEnd(retry, 'abandoned');
    throw error;
  }
}

function passFailure(
  response: ServerResponse,
  { statusCode, answer, isPassing, askedWaitMs }: UpstreamFailure,
  clock: Clock,
): void {
  if (statusCode === null || answer === undefined) {
    refuseCall(response, new CspError('overloaded', 'The model upstream is not reachable'), { headers: NO_RETRY });
    return;
  }
  const untilMs = isPassing && askedWaitMs !== undefined ? clock.now() + askedWaitMs : undefined;
  const advice = isPassing || ASKED_AGAIN.has(statusCode) ? NO_RETRY : {};
  response.writeHead(statusCode, { ...toClientHeaders(answer.headers), ...advice });
  response.end(untilMs === undefined ? answer.body : sayUntil(answer.body, untilMs));
}
