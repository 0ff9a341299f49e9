import { join } from 'node:path';

import { say, startScriptedModel, useTool } from '@claude-sdk-pattern/scripted-model';
import { startOtlpCollector, startServer, until, type CollectedSpan } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { startMcpFixture } from '../src/agent-process/mcp/fixtures/mcp-harness.ts';
import { useReceiver } from './support/receiver.ts';

const SECRET_TEXT = 'umbrella-of-the-grandmother';
const TRACE = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const CLIENT_SPAN = 'abcdefabcdefabcd';
const PLUGIN = join(import.meta.dirname, '../../../packages/plugin-api/test/fixtures/faulty');
const webhook = await useReceiver();

it('traces a request through turn, approval, tool and model call into the agent process, one trace for each turn', async () => {
  await using model = await startScriptedModel({
    scenarios: [
      {
        match: { userText: 'write' },
        reply: [
          useTool('Bash', { command: `echo ${SECRET_TEXT} > a; echo "of $TRACEPARENT"` }),
          useTool('mcp__store__echo', {}),
          say('Done.'),
        ],
      },
      { reply: [say(`Hello ${SECRET_TEXT}.`)] },
    ],
  });
  await using collector = await startOtlpCollector();
  const toldStore: unknown[] = [];
  await using store = await startMcpFixture({
    intercept({ headers }) {
      toldStore.push(headers['traceparent']);
      return false;
    },
  });
  await using server = await startServer({
    upstreamUrl: model.url,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_TRACES_SAMPLER_ARG: '1',
      CLAUDE_SDK_PATTERN_WEBHOOK_URL: `${webhook.origin}/hook`,
      CLAUDE_SDK_PATTERN_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      CLAUDE_SDK_PATTERN_LOG_LEVEL: 'debug',
      CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0',
    },
  });
  const send = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const answer = await server.fetch(path, { ...init, body: JSON.stringify(body) });
    expect([200, 201]).toContain(answer.status);
    return (await answer.json()) as { id: string; traceparent?: string };
  };
  const keeper = await send('/v1/agents', {
    ...{ name: 'Keeper', model: 'opus', mcp_servers: [{ type: 'url', name: 'store', url: store.url }] },
    tools: [
      { type: 'agent_toolset_20260401', default_config: { permission_policy: { type: 'always_ask' } } },
      {
        ...{ type: 'mcp_toolset', mcp_server_name: 'store' },
        default_config: { permission_policy: { type: 'always_allow' } },
      },
    ],
  });
  const { id } = await send('/v1/sessions', { agent: keeper.id });
  const listEvents = async () => {
    const answer = await server.fetch(`/v1/sessions/${id}/events?extensions=true`);
    return ((await answer.json()) as { data: { type: string; event_id: string }[] }).data;
  };
  const asOfClient = { traceparent: `00-${TRACE}-${CLIENT_SPAN}-01` };
  const events = `/v1/sessions/${id}/events`;
  const message = (text: string) => ({ events: [{ type: 'user.message', content: [{ type: 'text', text }] }] });
  const turnsEnded = async (count: number) =>
    until('turns have ended', async () => {
      return (await listEvents()).filter(({ type }) => type === 'session.turn_completed').length === count;
    });

  await send(events, message(`write ${SECRET_TEXT}`), asOfClient);
  const asked = await until('the call waits', async () =>
    (await listEvents()).find(({ type }) => type === 'session.approval_requested'),
  );
  await send(events, { events: [{ type: 'user.tool_confirmation', tool_use_id: asked.event_id, result: 'allow' }] });
  await turnsEnded(1);
  await send(events, message('hello'));
  await turnsEnded(2);
  const reports = (count: number) => () =>
    collector.spans.filter(({ name }) => name === 'claude_code.interaction').length === count;
  await until('the process has told both turns', reports(2));
  await send('/api/v1/plugins', { source: { type: 'path', path: PLUGIN } });
  await send('/api/v1/plugins/faulty/activate', {});
  const toldPlugin = await send('/plugins/faulty/items/a', {}, asOfClient);
  const toldWebhook = await until('the webhook is told', () => webhook.received[0]);
  const metrics = await (await server.fetch('/metrics')).text();
  await server.stop();

  const { spans } = collector;
  const ofTrace = (traceId: string) => spans.filter((span) => span.traceId === traceId);
  const find = (name: string, among: readonly CollectedSpan[] = ofTrace(TRACE)) => {
    const found = among.find((span) => span.name === name);
    expect(found, `${name} of ${among.map((span) => span.name).join(', ')}`).toBeDefined();
    return found as CollectedSpan;
  };
  const request = find('POST /v1/sessions/:session_id/events');
  const turn = find('invoke_agent Keeper');
  const tool = find('execute_tool Bash');
  const agentsTurn = find('claude_code.interaction');
  expect(request.parentSpanId).toBe(CLIENT_SPAN);
  expect(turn.parentSpanId).toBe(request.spanId);
  expect([tool.parentSpanId, agentsTurn.parentSpanId]).toEqual([turn.spanId, turn.spanId]);
  expect(find('wait for approval')).toMatchObject({
    parentSpanId: tool.spanId,
    attributes: { 'csp.approval.outcome': 'allow' },
  });
  // It starts with the session or with its first message, whichever has a place for it first.
  const start = find('start agent process', spans);
  expect([find('POST /v1/sessions', spans).spanId, turn.spanId]).toContain(start.parentSpanId);
  const calls = ofTrace(TRACE).filter(({ name }) => name.startsWith('chat '));
  const agentsCalls = ofTrace(TRACE).filter(({ name }) => name === 'claude_code.llm_request');
  expect(calls.map((call) => call.parentSpanId).toSorted()).toEqual(agentsCalls.map((call) => call.spanId).toSorted());
  expect(calls).toHaveLength(3);
  expect(turn.attributes).toMatchObject({
    ...{ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.conversation.id': id, 'csp.turn.outcome': 'completed' },
    'gen_ai.usage.input_tokens': sum(calls, 'gen_ai.usage.input_tokens'),
    'gen_ai.usage.output_tokens': sum(calls, 'gen_ai.usage.output_tokens'),
  });
  expect(turn.resource).toMatchObject({ 'service.name': 'csp', 'deployment.environment.name': 'test' });
  expect(agentsTurn.resource).toEqual(turn.resource);
  const toldUpstream = model.requests.flatMap(({ headers }) => headers['traceparent'] ?? []);
  for (const call of calls) expect(toldUpstream).toContain(`00-${TRACE}-${call.spanId}-01`);
  expect(toldStore).toContain(`00-${TRACE}-${turn.spanId}-01`);
  const passedOn = find('POST /plugins/:name/*');
  expect(toldPlugin.traceparent).toBe(`00-${TRACE}-${passedOn.spanId}-01`);
  const delivery = find('webhook session.requires_action', spans);
  expect(toldWebhook.headers['traceparent']).toBe(`00-${delivery.traceId}-${delivery.spanId}-01`);
  expect(JSON.stringify(model.requests.map(({ body }) => body))).toContain(
    `of 00-${String(turn.attributes['csp.agent_trace_id'])}-`,
  );
  expect(new Set(collector.headers)).toEqual(new Set(['Bearer collector-key']));

  // The process is the same, and its environment too.
  const second = spans.find((span) => span.attributes['csp.turn.number'] === 2 && span.name.startsWith('invoke_agent'));
  expect(second?.traceId).not.toBe(TRACE);
  const ofSecond = ofTrace(second?.traceId ?? '');
  expect(find('claude_code.interaction', ofSecond).parentSpanId).toBe(second?.spanId);
  expect(JSON.stringify(spans, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value))).not.toContain(
    SECRET_TEXT,
  );
  expect(metrics).toMatch(/csp_trace_spans_dropped_total\{reason="queue_full"\} 0/);

  const lines = server.logs.split('\n').flatMap((line) => (line.startsWith('{') ? [toLine(line)] : []));
  const ofTurn = lines.filter(({ session_id, turn: number }) => session_id === id && number === 1);
  expect(ofTurn.filter(({ msg }) => msg === 'a model call ended')).toHaveLength(3);
  for (const line of ofTurn)
    expect(line).toMatchObject({ service: 'csp', trace_id: TRACE, call_id: expect.any(String) });
  for (const line of lines.filter(({ msg }) => msg === 'request')) expect(line).toHaveProperty('request_id');
  const reported = lines.find(({ event, trace_id }) => event === 'user_prompt' && trace_id === TRACE);
  expect(reported).toMatchObject({ session_id: id, reported: { 'event.name': 'user_prompt' } });
});

function sum(spans: readonly CollectedSpan[], name: string): number {
  return spans.reduce((total, { attributes }) => total + Number(attributes[name]), 0);
}

function toLine(text: string): Record<string, unknown> {
  const keys = [...text.matchAll(/"(trace_id|session_id|turn|request_id)":/g)].map(([, key]) => key);
  expect(keys, text).toEqual([...new Set(keys)]);
  return JSON.parse(text) as Record<string, unknown>;
}
