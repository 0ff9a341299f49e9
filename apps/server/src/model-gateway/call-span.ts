import { OF_CLAUDE, toTokens } from '../telemetry/gen-ai-attributes.ts';
import type { ActiveSpan, Tracing } from '../telemetry/tracing.ts';
import type { MeteredRequest } from '../usage/metered-request.ts';
import type { ModelCall } from './model-call.ts';
import { readModel } from './upstreams/served-models.ts';

/**
 * Begins the span of one attempt of a call. It is a part of the turn or, where the agent process reports its own spans, of its
 * request there: the process names that in `traceparent`, in a trace of its own for each turn (Claude Code 2.1.332).
 */
export function startCallSpan(tracing: Tracing, call: ModelCall, upstream: string): ActiveSpan {
  const { holder, request, body } = call;
  const { listener } = holder;
  const turn = listener?.span?.();
  const { traceparent } = request.headers;
  const own = tracing.read({ traceparent });
  const isReported = own !== undefined && listener?.noteAgentTrace?.(own.traceId) === true;
  const parent = turn && isReported ? { ...turn, spanId: own.spanId } : turn;
  const span = tracing.start('chat', { role: 'client', parent: parent ?? null });
  // Of most calls nothing is kept.
  if (!span.isRecording) return span;
  const model = readModel(body);
  if (model !== undefined) span.rename(`chat ${model}`);
  span.set({
    ...OF_CLAUDE,
    'gen_ai.operation.name': 'chat',
    ...(model !== undefined && { 'gen_ai.request.model': model }),
    ...(holder.sessionId !== null && { 'gen_ai.conversation.id': holder.sessionId }),
    ...{ 'csp.upstream': upstream, 'csp.call_id': call.id },
  });
  return span;
}

/** @param request What was metered; undefined where the call costs nothing. */
export function endCallSpan(span: ActiveSpan, statusCode: number | null, request: MeteredRequest | undefined): void {
  if (span.isRecording) {
    const { usage, cost } = request ?? {};
    span.set({
      ...(statusCode !== null && { 'http.response.status_code': statusCode }),
      ...(usage?.model !== undefined && { 'gen_ai.response.model': usage.model }),
      ...(usage !== undefined &&
        toTokens({
          ...{ input: usage.inputTokens, output: usage.outputTokens },
          ...{ cacheRead: usage.cacheReadTokens, cacheWrite: usage.cacheWriteTokens },
        })),
      ...(cost?.microUsd != null && { 'csp.cost_micro_usd': cost.microUsd }),
    });
  }
  const isError = statusCode === null || statusCode >= 400;
  span.end({ error: isError ? String(statusCode ?? 'no_answer') : undefined });
}
