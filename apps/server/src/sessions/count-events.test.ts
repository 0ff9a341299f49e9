import type { ProcessRestartCause, SessionEvent } from '@claude-sdk-pattern/protocol';
import { describe, expect, it } from 'vitest';

import { createMetrics } from '../telemetry/metrics.ts';
import { createEventCounter } from './count-events.ts';

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

async function count(...events: [sessionId: string, event: SessionEvent][]): Promise<string> {
  const metrics = createMetrics();
  const counter = createEventCounter(metrics);
  for (const [sessionId, event] of events) counter(sessionId, [event]);
  return metrics.render();
}

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
    expect(text).not.toContain('csp_recoveries_total{outcome="completed"}');
    expect(text).toContain('csp_turns_total{outcome="completed"} 2');
    expect(text).toContain('csp_agent_process_restarts_total{reason="server_restarted"} 1');
  });

  it('forgets the session that has recovered for longest when 10,000 others do', async () => {
    const text = await count(
      ...Array.from({ length: 10_001 }, (_, each): [string, SessionEvent] => [`s${each}`, restarting('x')]),
      ['s0', completed('failed')],
      ['s1', completed('completed')],
    );
    expect(text).not.toContain('csp_recoveries_total{outcome="failed"}');
    expect(text).toContain('csp_recoveries_total{outcome="completed"} 1');
  });

  it('keeps words of a process out of the labels', async () => {
    expect(await count(['a', restarting('secret of somebody')])).not.toContain('secret');
  });
});
