import type { ServerResponse } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toClientHeaders } from './headers.ts';
import { meterCall, type MeterDeps } from './meter-call.ts';
import type { ModelCall } from './model-call.ts';
import { passAnswer } from './pass-answer.ts';
import { planRetry } from './plan-retry.ts';
import { refuseCall } from './refuse-call.ts';
import type { ModelRetry } from './session-tokens.ts';
import type { Upstream } from './upstream.ts';
import { NOT_REACHED, sayUntil, type UpstreamFailure } from './upstream-failure.ts';
import { waitForRetry } from './wait-for-retry.ts';

export interface SendDeps extends MeterDeps {
  clock: Clock;
  logger: Logger;
  /** How often a call that failed is made again. */
  maxRetries: number;
}

/** Keeps the CLI from trying again, in addition to the retries made here. */
const NO_RETRY = { 'x-should-retry': 'false' };
/** Statuses that the CLI tries again for minutes without the advice. */
const ASKED_AGAIN: ReadonlySet<number> = new Set([401, 403]);

/**
 * Makes the call and passes its answer on. A call that fails before any part of an answer was passed on is made
 * again, after waits that the session is told of. Rejects with the reason of the signal, and when the answer broke
 * off.
 */
export async function sendCall(
  deps: SendDeps,
  call: ModelCall,
  { upstream, response }: { upstream: Upstream; response: ServerResponse },
): Promise<void> {
  // An unmetered call is not worth a wait that people see.
  const maxAttempts = call.request.endpoint.isMetered ? deps.maxRetries : 0;
  for (let attempt = 1; ; attempt += 1) {
    const failure = await makeCall(deps, call, { upstream, response });
    if (failure === undefined) return;
    const plan = planRetry(failure, { attempt, maxAttempts, random: Math.random });
    if (plan === undefined) {
      passFailure(response, failure, deps.clock);
      return;
    }
    await waitAndTell({ ...plan, attempt, maxAttempts }, { failure, call, clock: deps.clock });
  }
}

/** Makes one attempt; resolves with what went wrong before anything was passed on. */
async function makeCall(
  deps: SendDeps,
  call: ModelCall,
  { upstream, response }: { upstream: Upstream; response: ServerResponse },
): Promise<UpstreamFailure | undefined> {
  const meter = meterCall(deps, call);
  let statusCode: number | null = null;
  try {
    const answer = await upstream.send(call);
    statusCode = answer.statusCode;
    meter.onHead(answer);
    const { onChunk } = meter;
    const failure = await passAnswer(answer, response, { onChunk, signal: call.signal, nowMs: deps.clock.now() });
    statusCode = failure?.statusCode ?? statusCode;
    return failure;
  } catch (error) {
    if (response.headersSent || call.signal.aborted || error instanceof CspError) throw error;
    statusCode = null;
    deps.logger.warn({ err: error, session_id: call.holder.sessionId }, 'the model upstream gave no answer');
    return NOT_REACHED;
  } finally {
    meter.end(statusCode);
  }
}

async function waitAndTell(
  { delayMs, attempt, maxAttempts }: Pick<ModelRetry, 'delayMs' | 'attempt' | 'maxAttempts'>,
  { failure, call, clock }: { failure: UpstreamFailure; call: ModelCall; clock: Clock },
): Promise<void> {
  const { listener } = call.holder;
  const wait = waitForRetry(delayMs, call.signal);
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
    refuseCall(response, new CspError('overloaded', 'The model API cannot be reached'), { headers: NO_RETRY });
    return;
  }
  const untilMs = isPassing && askedWaitMs !== undefined ? clock.now() + askedWaitMs : undefined;
  const advice = isPassing || ASKED_AGAIN.has(statusCode) ? NO_RETRY : {};
  response.writeHead(statusCode, { ...toClientHeaders(answer.headers), ...advice });
  response.end(untilMs === undefined ? answer.body : sayUntil(answer.body, untilMs));
}
