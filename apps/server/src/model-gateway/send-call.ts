import type { ServerResponse } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toClientHeaders } from './headers.ts';
import { describeRefusedKey } from './describe-refused-key.ts';
import type { HeldAdmission } from './hold-admission.ts';
import { meterCall, type MeterDeps } from './meter-call.ts';
import type { ModelCall } from './model-call.ts';
import { passAnswer } from './pass-answer.ts';
import { LONGEST_ASKED_WAIT_MS, planRetry } from './plan-retry.ts';
import { refuseCall } from './refuse-call.ts';
import { toTraceHeaders } from '../telemetry/trace-headers.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { endCallSpan, startCallSpan } from './call-span.ts';
import { tellWaits, type ToldWaits } from './tell-waits.ts';
import type { CallOutcome } from './upstreams/circuit-breaker.ts';
import { toOutageError } from './upstreams/outage-error.ts';
import { readModel } from './upstreams/served-models.ts';
import { isUpstreamFault, NOT_REACHED, sayUntil, type UpstreamFailure } from './upstreams/upstream-failure.ts';
import type { UsableKey } from './upstreams/upstream-keys.ts';
import type { GuardedUpstream, Upstreams } from './upstreams/upstreams.ts';
import { waitForRetry } from './wait-for-retry.ts';
import { waitForUpstream } from './wait-for-upstream.ts';

export interface SendDeps extends MeterDeps {
  upstreams: Upstreams;
  clock: Clock;
  logger: Logger;
  /** How often a call that failed is made again. */
  maxRetries: number;
  /** Absent where no traces are made. */
  tracing?: Tracing | undefined;
  /** Called when a call is made again, with the upstream that had failed; must not throw. */
  onRetry?(upstream: string): void;
}

/** Keeps the CLI from trying again, in addition to the retries made here. */
const NO_RETRY = { 'x-should-retry': 'false' };
/** Of a key. The CLI tries them again for minutes without the advice. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

/**
 * Makes the call, when it is admitted, and passes its answer on. A call that fails before any part of an answer was passed on is made
 * again, after waits that the session is told of. While no upstream takes calls, a call of a running turn waits, and any
 * other is refused at once. Rejects with the reason of the signal, and when the answer broke off.
 */
export async function sendCall(
  deps: SendDeps,
  call: ModelCall,
  { response, admission }: Omit<SendOptions, 'waits'>,
): Promise<void> {
  const waits = tellWaits(call, deps.clock);
  try {
    await send(deps, call, { response, admission, waits });
    waits.end('retried');
  } catch (error) {
    waits.end('abandoned');
    throw error;
  }
}

interface SendOptions {
  response: ServerResponse;
  /** Taken before each attempt, and given back before each wait. */
  admission: HeldAdmission;
  waits: ToldWaits;
}

async function send(deps: SendDeps, call: ModelCall, { response, admission, waits }: SendOptions): Promise<void> {
  const { upstreams } = deps;
  const { isMetered } = call.request.endpoint;
  const model = upstreams.isByModel ? readModel(call.body) : undefined;
  if (model !== undefined && !upstreams.serves(model))
    throw new CspError('not_found', `No upstream of this server serves the model ${model}`);
  // An unmetered call is not worth a wait that people see.
  const maxAttempts = isMetered ? deps.maxRetries : 0;
  const mayWait = maxAttempts > 0 && call.holder.listener !== undefined;
  const patience = performance.now() + (mayWait ? LONGEST_ASKED_WAIT_MS : 0);
  /** Upstreams that this call has no key for, with the secret that is missing. */
  const keyless = new Map<GuardedUpstream, string>();
  // An unmetered call says little about the upstream, so it does not probe.
  const asked = { model, mayProbe: isMetered, except: keyless };
  let failures = 0;
  for (;;) {
    const upstream = upstreams.find(asked);
    if (upstream === undefined) {
      const outage = upstreams.findOutage(asked);
      if (outage === undefined && keyless.size > 0) {
        refuseCall(response, toKeylessError(keyless), { headers: NO_RETRY });
        return;
      }
      admission.giveBack();
      const maxWaitMs = patience - performance.now();
      const options = { ...asked, attempt: Math.max(1, failures), maxAttempts, maxWaitMs, random: Math.random };
      const { signal } = call;
      if (mayWait && (await waitForUpstream(upstreams, { signal, waits }, options))) continue;
      refuseCall(response, toOutageError(upstreams.findOutage(asked)), { headers: NO_RETRY });
      return;
    }
    await admission.take();
    const key = await upstream.findKey(call.holder);
    if (key.state === 'missing') {
      keyless.set(upstream, key.secret);
      continue;
    }
    // Meanwhile another call may have found out that it does not work, or tries it.
    if (isMetered ? !upstream.breaker.mayCall : upstream.breaker.state !== 'closed') continue;
    waits.end('retried');
    if (failures === 0) upstream.retries.earn();
    const { failure } = await makeCall(deps, call, { upstream, key, response });
    if (failure === undefined) return;
    failures += 1;
    const next = upstreams.find(asked);
    // Another upstream takes over at once.
    if (failure.isPassing && next !== undefined && next !== upstream) {
      deps.onRetry?.(upstream.name);
      continue;
    }
    const plan = planRetry(failure, { attempt: failures, maxAttempts, random: Math.random });
    const budgetMs = plan && upstream.retries.take();
    if (plan === undefined || budgetMs === undefined) {
      passFailure(response, failure, { clock: deps.clock, key });
      return;
    }
    deps.onRetry?.(upstream.name);
    // In an outage the wait for an upstream comes in place of this one.
    if (mayWait && next === undefined) continue;
    admission.giveBack();
    const delayMs = Math.max(plan.delayMs, budgetMs);
    const wait = waitForRetry(delayMs, call.signal);
    const { statusCode } = failure;
    const isAskedFor = failure.askedWaitMs !== undefined;
    const told = { delayMs, attempt: failures, maxAttempts, isAskedFor, isOutage: false, statusCode };
    waits.begin({ ...told, retryNow: wait.endNow });
    await wait.ended;
  }
}

function toKeylessError(keyless: ReadonlyMap<GuardedUpstream, string>): CspError {
  const names = [...keyless.keys()].map(({ name }) => name).join(', ');
  const secrets = [...new Set(keyless.values())].join(' or ');
  const message = `There is no key for the model API (${names}). Set the secret ${secrets}, or ask an operator to set it`;
  return new CspError('authentication_required', message);
}

/** How one attempt ended, and what went wrong before anything was passed on. */
interface Attempt extends CallOutcome {
  failure?: UpstreamFailure | undefined;
}

function makeCall(deps: SendDeps, call: ModelCall, options: Omit<AttemptOptions, 'onGood'>): Promise<Attempt> {
  if (!call.request.endpoint.isMetered) return makeAttempt(deps, call, { ...options, onGood: () => undefined });
  return options.upstream.breaker.run((onGood) => makeAttempt(deps, call, { ...options, onGood }));
}

interface AttemptOptions {
  upstream: GuardedUpstream;
  key: UsableKey;
  response: ServerResponse;
  /** Called with the first bytes of an answer that is no error. */
  onGood(): void;
}

async function makeAttempt(
  deps: SendDeps,
  call: ModelCall,
  { upstream, key, response, onGood }: AttemptOptions,
): Promise<Attempt> {
  const { owner: keyOwner, value: apiKey } = key.state === 'found' ? key : {};
  const meter = meterCall(deps, call, { upstream: upstream.name, keyOwner });
  const { tracing } = deps;
  const span = tracing && call.request.endpoint.isMetered ? startCallSpan(tracing, call, upstream.name) : undefined;
  const startedAtMs = performance.now();
  let hasBegun = false;
  let statusCode: number | null = null;
  const onChunk = (chunk: Buffer) => {
    onGood();
    if (span?.isRecording === true && !hasBegun)
      span.set({ 'gen_ai.response.time_to_first_chunk': (performance.now() - startedAtMs) / 1000 });
    hasBegun = true;
    meter.onChunk(chunk);
  };
  try {
    const answer = await upstream.send(call, { apiKey, ...(span && { trace: toTraceHeaders(span.context) }) });
    statusCode = answer.statusCode;
    meter.onHead(answer);
    const passed = await passAnswer(answer, response, { onChunk, signal: call.signal, nowMs: deps.clock.now() });
    if (passed.failure === undefined) return { isFault: !passed.isWhole };
    const { failure } = passed;
    statusCode = failure.statusCode;
    return { failure, isFault: isUpstreamFault(failure), askedWaitMs: failure.askedWaitMs };
  } catch (error) {
    if (response.headersSent || call.signal.aborted || error instanceof CspError) throw error;
    statusCode = null;
    deps.logger.warn(
      { err: error, session_id: call.holder.sessionId, upstream: upstream.name },
      'the model upstream gave no answer',
    );
    return { failure: NOT_REACHED, isFault: true };
  } finally {
    meter.end(statusCode);
    if (span) endCallSpan(span, statusCode, meter.request);
    const ms = Math.round(performance.now() - startedAtMs);
    deps.logger.debug({ upstream: upstream.name, status: statusCode, ms }, 'a model call ended');
  }
}

function passFailure(
  response: ServerResponse,
  { statusCode, answer, isPassing, askedWaitMs }: UpstreamFailure,
  { clock, key }: { clock: Clock; key: UsableKey },
): void {
  if (statusCode === null || answer === undefined) {
    refuseCall(response, new CspError('overloaded', 'The model API cannot be reached'), { headers: NO_RETRY });
    return;
  }
  if (REFUSALS.has(statusCode)) {
    // In place of the upstream's own words, which may quote the key.
    const message = describeRefusedKey(key, statusCode);
    const type = statusCode === 401 ? 'authentication_error' : 'permission_error';
    const headers = { ...toClientHeaders(answer.headers), ...NO_RETRY, 'content-type': 'application/json' };
    delete headers['content-encoding'];
    response.writeHead(statusCode, headers);
    response.end(JSON.stringify({ type: 'error', error: { type, message } }));
    return;
  }
  const untilMs = isPassing && askedWaitMs !== undefined ? clock.now() + askedWaitMs : undefined;
  const advice = isPassing ? NO_RETRY : {};
  response.writeHead(statusCode, { ...toClientHeaders(answer.headers), ...advice });
  response.end(untilMs === undefined ? answer.body : sayUntil(answer.body, untilMs));
}
