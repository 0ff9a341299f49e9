import type { PreviewEvent, ProcessRestartCause, SessionEvent } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import { createMetrics } from '../telemetry/metrics.ts';
import { createEventCounter } from './count-events.ts';
import { createFirstTextWatch } from './first-text-watch.ts';

const STAMP = { id: 'sevt_1', processed_at: '2026-01-01T00:00:00.000Z' };
const completed = (outcome: 'completed' | 'interrupted' | 'failed'): SessionEvent => ({
  ...STAMP,
  type: 'session.turn_completed',
  turn: 1,
  outcome,
  duration_ms: 1,
  cost_usd: 0,
  input_tokens: 0,
  output_tokens: 0,
  changed_files: [],
});
const restarting = (reason: string, cause?: ProcessRestartCause): SessionEvent => ({
  ...{ ...STAMP, type: 'session.process_restarting', reason },
  ...(cause && { cause }),
});

async function count(...events: [sessionId: string, event: SessionEvent, atMs?: number][]): Promise<string> {
  const metrics = createMetrics();
  const counter = createEventCounter(metrics);
  for (const [sessionId, event, atMs = 0] of events) counter.onEvents(sessionId, [event], atMs);
  return metrics.render();
}
const called = (id: string, name: string, denied = false): SessionEvent => ({
  ...{ ...STAMP, id, type: 'agent.tool_use', name, input: {} },
  evaluated_permission: denied ? 'deny' : 'ask',
});
const returned = (id: string, isError = false): SessionEvent => ({
  ...{ ...STAMP, type: 'agent.tool_result', tool_use_id: id, is_error: isError },
});
const asked = (id: string): SessionEvent => ({
  ...{ ...STAMP, type: 'session.approval_requested', event_id: id, tool_name: 'Bash' },
  ...{ title: 'Run a command', reason: null, session_rule: null },
});
const answered = (id: string, result: 'allow' | 'deny'): SessionEvent => ({
  ...{ ...STAMP, type: 'user.tool_confirmation', tool_use_id: id, result },
});

describe('what the journal publishes', () => {
  it('counts starts by how they came about, in seconds', async () => {
    const text = await count(['a', { ...STAMP, type: 'session.process_ready', start: 'warm', duration_ms: 80 }]);
    expect(text).toContain('csp_session_init_duration_seconds_bucket{le="0.05",start="warm"} 0');
    expect(text).toContain('csp_session_init_duration_seconds_bucket{le="0.1",start="warm"} 1');
  });

  it('counts a turn that lost its process twice as one recovery, by how it ended', async () => {
    const text = await count(['a', restarting('x')], ['a', restarting('x')], ['a', completed('completed')]);
    expect(text).toContain('csp_recoveries_total{outcome="completed"} 1');
    expect(text).toContain('csp_agent_process_restarts_total{reason="died"} 2');
  });

  it('does not take a turn of another session, or the next turn, for a recovery', async () => {
    const text = await count(
      ['a', restarting('The server was restarted', 'server_restarted')],
      ['b', completed('completed')],
      ['a', completed('failed')],
      ['a', completed('completed')],
    );
    expect(text).toContain('csp_recoveries_total{outcome="failed"} 1');
    expect(text).toContain('csp_recoveries_total{outcome="completed"} 0');
    expect(text).toContain('csp_turns_total{outcome="completed"} 2');
    expect(text).toContain('csp_agent_process_restarts_total{reason="server_restarted"} 1');
  });

  it('forgets the session that has recovered for longest when 10,000 others do', async () => {
    const text = await count(
      ...Array.from({ length: 10_001 }, (_, each): [string, SessionEvent] => [`s${each}`, restarting('x')]),
      ['s0', completed('failed')],
      ['s1', completed('completed')],
    );
    expect(text).toContain('csp_recoveries_total{outcome="failed"} 0');
    expect(text).toContain('csp_recoveries_total{outcome="completed"} 1');
  });

  it('keeps words of a process out of the labels', async () => {
    expect(await count(['a', restarting('secret of somebody')])).not.toContain('secret');
  });

  it('counts tool calls by kind, without the time in which they wait for people', async () => {
    const text = await count(
      ['a', called('1', 'Bash'), 0],
      ['a', asked('1'), 10],
      ['a', answered('1', 'allow'), 60_000],
      ['a', returned('1'), 60_100],
      ['a', called('2', 'Bash'), 0],
      ['a', answered('2', 'deny'), 10],
      ['a', returned('2', true), 20],
      ['a', called('3', 'tool of somebody', true), 0],
      ['a', returned('3', true), 20],
    );
    expect(text).toContain('csp_tool_calls_total{tool="Bash",outcome="ok"} 1');
    expect(text).toContain('csp_tool_calls_total{tool="Bash",outcome="denied"} 1');
    expect(text).toContain('csp_tool_calls_total{tool="other",outcome="denied"} 1');
    expect(text).toContain('csp_tool_call_duration_seconds_sum{tool="Bash"} 0.1');
    expect(text).not.toContain('somebody');
  });

  it('counts what people are asked once, how it ends and how long they took', async () => {
    const expired: SessionEvent = { ...STAMP, type: 'session.approval_cancelled', event_id: '2', reason: 'expired' };
    const text = await count(
      ['a', asked('1'), 0],
      ['a', asked('1'), 1000],
      ['a', answered('1', 'allow'), 4000],
      ['a', asked('2')],
      ['a', expired],
    );
    expect(text).toContain('csp_approvals_requested_total 2');
    expect(text).toContain('csp_approvals_answered_total{outcome="allowed"} 1');
    expect(text).toContain('csp_approvals_answered_total{outcome="expired"} 1');
    expect(text).toContain('csp_approval_answer_seconds_sum 4');
  });
});

describe('the first text of a turn', () => {
  const started = (...ids: string[]): SessionEvent => ({
    ...{ ...STAMP, type: 'session.turn_started', turn: 1, message_ids: ids },
  });
  const ready: SessionEvent = { ...STAMP, type: 'session.process_ready', start: 'cold', duration_ms: 1 };
  const text: PreviewEvent = { type: 'event_start', event: { id: 'sevt_2', type: 'agent.message' } };

  function watch() {
    const seen: [start: string, seconds: number][] = [];
    let nowMs = 0;
    const watched = createFirstTextWatch(
      (...each) => void seen.push(each),
      () => nowMs,
    );
    return {
      seen,
      say(sessionId: string, atMs: number) {
        nowMs = atMs;
        watched.onPreview(sessionId, text);
      },
      see: watched.onEvent,
    };
  }

  it('is timed from the message, once a turn, by how its process started', () => {
    const { see, say, seen } = watch();
    see('a', started('sevt_1'), 0);
    see('a', ready, 300);
    say('a', 500);
    say('a', 900);
    see('a', started('sevt_1'), 1000);
    say('a', 1040);
    expect(seen).toEqual([
      ['cold', 0.5],
      ['live', 0.04],
    ]);
  });

  it('counts for no turn that the agent began, and for none that has ended', () => {
    const { see, say, seen } = watch();
    see('a', started(), 0);
    say('a', 500);
    see('b', started('sevt_1'), 0);
    see('b', completed('failed'), 10);
    say('b', 500);
    expect(seen).toEqual([]);
  });
});
