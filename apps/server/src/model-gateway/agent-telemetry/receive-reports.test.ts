import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { expect, it } from 'vitest';

import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { TokenHolder } from '../session-tokens.ts';
import { createReportReceiver, type ReportKind } from './receive-reports.ts';

const TURN = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
const OTHER = 'c'.repeat(32);

/** As the mask of the platform, for one secret. */
const hide = <T>(value: T) => (typeof value === 'string' ? value.replaceAll('s3cret', '[hidden]') : value) as T;

function openReceiver() {
  const spans: ReadableSpan[] = [];
  const lines: string[] = [];
  const metrics = createMetrics();
  const tracing = { add: (span: ReadableSpan) => void spans.push(span), resource: resourceFromAttributes({ a: 'b' }) };
  const receiveBody = createReportReceiver({
    ...{ tracing: tracing as unknown as Tracing, metrics, mask: hide },
    logger: createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
  });
  const receive = (kind: ReportKind, said: unknown, by: TokenHolder) =>
    receiveBody(kind, Buffer.from(JSON.stringify(said)), by);
  return { receive, receiveBody, spans, lines, metrics };
}

const holder = {
  sessionId: 'sesn_1',
  ownerId: 'u',
  listener: { findTurnOf: (id: string) => (id === OTHER ? TURN : undefined) },
};
const asHolder = (value: object) => value as TokenHolder;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const report = (spans: object[]) => ({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] });
const span = (change: object = {}) => ({
  ...{ traceId: OTHER, spanId: 'd'.repeat(16), name: 'claude_code.tool', kind: 1 },
  ...{ startTimeUnixNano: '1000000000', endTimeUnixNano: '3500000000', attributes: [], ...change },
});

it('puts a span of a process into the turn of its own session, without contents and in the name of the server', () => {
  const { receive, spans } = openReceiver();
  const attributes = [text('user_prompt', 'tell nobody'), text('tool_name', 'Bash'), text('session.id', 'sesn_2')];
  receive('traces', report([span({ attributes }), span({ traceId: 'e'.repeat(32) })]), asHolder(holder));
  expect(spans).toHaveLength(1);
  expect(spans[0]?.attributes).toEqual({ tool_name: 'Bash', 'gen_ai.conversation.id': 'sesn_1' });
  expect(spans[0]).toMatchObject({
    parentSpanContext: TURN,
    duration: [2, 500_000_000],
    resource: { attributes: { a: 'b' } },
  });
  expect(spans[0]?.spanContext().traceId).toBe(TURN.traceId);
});

it('hides secrets in the name, keys and values of a span, and cuts them afterwards', () => {
  const { receive, spans } = openReceiver();
  const long = `${'x'.repeat(125)}s3cret`;
  const attributes = [text('tool_name', long), { key: 'is s3cret', value: { boolValue: true } }];
  receive('traces', report([span({ name: long, attributes })]), asHolder(holder));
  const cut = `${'x'.repeat(125)}[hi`;
  expect(spans[0]?.name).toBe(cut);
  expect(spans[0]?.attributes).toMatchObject({ tool_name: cut, 'is [hidden]': true });
});

it('takes no more than 4 MiB of metrics and logs of a session in a minute, and counts the other reports', async () => {
  const { receiveBody, metrics } = openReceiver();
  const said = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] });
  const body = Buffer.from(said.padEnd(1024 * 1024));
  for (let sent = 0; sent < 6; sent += 1) receiveBody('logs', body, asHolder(holder));
  receiveBody('metrics', body, asHolder(holder));
  const shown = await metrics.render();
  expect(shown).toContain('csp_cli_events_total{event="other"} 4');
  expect(shown).toContain('csp_cli_reports_dropped_total{kind="logs"} 2');
  expect(shown).toContain('csp_cli_reports_dropped_total{kind="metrics"} 1');
});

it('takes no more than 5,000 spans of a session in a minute, and counts the others', async () => {
  const { receive, spans, metrics } = openReceiver();
  const many = Array.from({ length: 2600 }, () => span());
  receive('traces', report(many), asHolder(holder));
  receive('traces', report(many), asHolder(holder));
  expect(spans).toHaveLength(5000);
  expect(await metrics.render()).toContain('csp_trace_spans_dropped_total{reason="agent_limit"} 200');
});

it('counts what it knows, whatever else a process makes up', async () => {
  const { receive, metrics, lines } = openReceiver();
  const point = (type: string, asDouble: number) => ({ attributes: [text('type', type)], asDouble });
  const sum = { aggregationTemporality: 1, dataPoints: [point('cli', 2.5), point('made up', 9), point('user', -4)] };
  const metricsReport = [
    { name: 'claude_code.active_time.total', sum },
    { name: 'made.up', sum },
  ];
  receive('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: metricsReport }] }] }, asHolder(holder));
  const logRecords = [{ attributes: [text('event.name', 'made_up'), text('prompt', 'tell nobody')], traceId: OTHER }];
  receive('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }, asHolder(holder));
  const shown = await metrics.render();
  expect(shown).toContain('csp_cli_active_seconds_total{type="cli"} 2.5');
  expect(shown).toContain('csp_cli_active_seconds_total{type="user"} 0');
  expect(shown).toContain('csp_cli_events_total{event="other"} 1');
  expect(shown).not.toMatch(/made.up/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ session_id: 'sesn_1', event: 'other', trace_id: TURN.traceId });
  expect(lines.join('')).not.toContain('tell nobody');
  expect(() => receive('traces', { resourceSpans: 'no' }, asHolder(holder))).toThrow();
});
