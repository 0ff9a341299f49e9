import type { SpanContext } from '@opentelemetry/api';

import type { Logger } from '../../telemetry/logger.ts';
import type { TraceMetrics } from '../../telemetry/trace-metrics.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { TokenHolder } from '../session-tokens.ts';
import { logReport, metricReport, toSafeAttributes, traceReport, type ReportedMetric } from './otlp.ts';
import { toTurnSpan } from './to-span.ts';

export interface ReceiveReportsDeps {
  tracing: Tracing;
  metrics: TraceMetrics;
  logger: Pick<Logger, 'debug'>;
  mask<T>(value: T): T;
}

/** The part of the path after `/otlp/v1/`. */
export type ReportKind = 'traces' | 'metrics' | 'logs';

/**
 * Takes what an agent process reports of itself, for its own session alone. What is over the limits of the session is left out.
 * @param report OTLP as JSON
 * @throws SyntaxError, ZodError where it is no such
 */
export type ReceiveReport = (kind: ReportKind, report: Buffer, holder: TokenHolder) => void;

/** Of one session in a minute; a turn with a hundred tool calls has about 500 spans. */
const MAX_SPANS = 5000;
/** Of metrics and logs of one session in a minute; a turn with a hundred tool calls reports about half a megabyte. */
const MAX_BYTES = 4 * 1024 * 1024;
const MINUTE_MS = 60_000;
/** Most of what a process can add to a counter with one report: hours of work. */
const MAX_INCREASE = 100_000;
/** Of OTLP: a sum of what was added since the last report. */
const DELTA = 1;

/** Metrics of Claude Code (2.1.332) that have a label, with its values. */
const LABELLED = new Map<string, { label: 'type' | 'decision'; values: readonly string[] }>([
  ['claude_code.active_time.total', { label: 'type', values: ['user', 'cli'] }],
  ['claude_code.lines_of_code.count', { label: 'type', values: ['added', 'removed'] }],
  ['claude_code.code_edit_tool.decision', { label: 'decision', values: ['accept', 'reject'] }],
]);
/** Events of Claude Code (2.1.332) that tell of trouble, or of how it works; others are `other`. */
const EVENTS: ReadonlySet<string> = new Set([
  ...['user_prompt', 'assistant_response', 'api_request', 'api_error', 'api_retries_exhausted', 'internal_error'],
  ...['tool_decision', 'tool_result', 'compaction', 'hook_execution_complete', 'mcp_server_connection'],
  ...['plugin_loaded', 'skill_activated', 'permission_mode_changed'],
]);

export function createReportReceiver({ tracing, metrics, logger, mask }: ReceiveReportsDeps): ReceiveReport {
  const taken = new WeakMap<object, { spans: number; bytes: number; sinceMs: number }>();

  /** What the session has sent in this minute. */
  const findTaken = (holder: TokenHolder) => {
    const key = holder.listener ?? holder;
    const now = performance.now();
    const before = taken.get(key);
    if (before !== undefined && now - before.sinceMs < MINUTE_MS) return before;
    const count = { spans: 0, bytes: 0, sinceMs: now };
    taken.set(key, count);
    return count;
  };

  /** How many of these a session may send now. */
  const admit = (holder: TokenHolder, spans: number): number => {
    const count = findTaken(holder);
    const admitted = Math.max(0, Math.min(spans, MAX_SPANS - count.spans));
    count.spans += admitted;
    return admitted;
  };

  const admitsBytes = (holder: TokenHolder, bytes: number): boolean => {
    const count = findTaken(holder);
    if (count.bytes + bytes > MAX_BYTES) return false;
    count.bytes += bytes;
    return true;
  };

  const receiveSpans = (report: unknown, holder: TokenHolder) => {
    const { resourceSpans } = traceReport.parse(report);
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const admitted = admit(holder, spans.length);
    if (admitted < spans.length) metrics.spansDropped.inc({ reason: 'agent_limit' }, spans.length - admitted);
    for (const span of spans.slice(0, admitted)) {
      const turn = findTurn(holder, span.traceId);
      if (turn === undefined) continue;
      const { resource } = tracing;
      tracing.add(toTurnSpan(span, { turn, resource, sessionId: holder.sessionId ?? '', mask }));
    }
  };

  const add = (name: string, said: string, increase: number) => {
    if (name === 'claude_code.active_time.total') metrics.cliActive.inc({ type: said }, increase);
    else if (name === 'claude_code.lines_of_code.count') metrics.cliLines.inc({ type: said }, increase);
    else if (name === 'claude_code.code_edit_tool.decision') metrics.cliEdits.inc({ decision: said }, increase);
    else if (name === 'claude_code.commit.count') metrics.cliCommits.inc(increase);
    else if (name === 'claude_code.pull_request.count') metrics.cliPullRequests.inc(increase);
  };

  const count = ({ name, sum }: ReportedMetric) => {
    if (sum?.aggregationTemporality !== DELTA) return;
    const labelled = LABELLED.get(name);
    for (const { attributes, asDouble, asInt } of sum.dataPoints) {
      const added = asDouble ?? asInt ?? 0;
      const said = attributes.find(({ key }) => key === labelled?.label)?.value.stringValue ?? '';
      if (added > 0 && labelled?.values.includes(said) !== false) add(name, said, Math.min(added, MAX_INCREASE));
    }
  };

  return (kind, body, holder) => {
    if (kind !== 'traces' && !admitsBytes(holder, body.length)) {
      metrics.cliReportsDropped.inc({ kind });
      return;
    }
    const report: unknown = JSON.parse(body.toString('utf8'));
    if (kind === 'traces') return receiveSpans(report, holder);
    if (kind === 'metrics') {
      const { resourceMetrics } = metricReport.parse(report);
      for (const { scopeMetrics } of resourceMetrics) for (const scope of scopeMetrics) scope.metrics.forEach(count);
      return;
    }
    const { resourceLogs } = logReport.parse(report);
    for (const { attributes, traceId } of resourceLogs.flatMap((all) =>
      all.scopeLogs.flatMap((one) => one.logRecords),
    )) {
      const said = toSafeAttributes(attributes, mask);
      const name = String(said['event.name']);
      const event = EVENTS.has(name) ? name : 'other';
      metrics.cliEvents.inc({ event });
      const turn = findTurn(holder, traceId);
      const ids = { session_id: holder.sessionId, ...(turn && { trace_id: turn.traceId, span_id: turn.spanId }) };
      logger.debug({ ...ids, event, reported: said }, 'agent process reported an event');
    }
  };
}

/** What a process tells before its first model call of a turn belongs to the turn that runs. */
function findTurn({ listener }: TokenHolder, traceId = ''): SpanContext | undefined {
  return listener?.findTurnOf?.(traceId) ?? listener?.span?.();
}
