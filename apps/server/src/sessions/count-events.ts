import type { PreviewEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createApprovalCounter, type ApprovalMetrics } from './count-approvals.ts';
import { createFirstTextWatch } from './first-text-watch.ts';
import { createToolCallCounter, type ToolCallMetrics } from './count-tool-calls.ts';

export type CountedMetrics = ApprovalMetrics &
  ToolCallMetrics &
  Pick<Metrics, 'sessionInitDuration' | 'turns' | 'turnDuration' | 'firstText' | 'agentProcessRestarts' | 'recoveries'>;

/** Updates metrics from what the journal publishes. */
export interface EventCounter {
  /** `atMs`: when the events were handed to the journal, as `performance.now()` counts. */
  onEvents(sessionId: string, events: readonly SessionEvent[], atMs: number): void;
  onPreview(sessionId: string, preview: PreviewEvent): void;
}

/** More sessions than recover at the same time. Those that were deleted meanwhile count too, until others push them out. */
const MAX_RECOVERING = 10_000;

export function createEventCounter(metrics: CountedMetrics): EventCounter {
  /** Sessions whose process ended before their turn did. */
  const recovering = new Set<string>();
  const toolCalls = createToolCallCounter(metrics);
  const approvals = createApprovalCounter(metrics);
  const firstText = createFirstTextWatch((start, seconds) => metrics.firstText.observe({ start }, seconds));

  const count = (sessionId: string, event: SessionEvent) => {
    if (event.type === 'session.process_ready') {
      metrics.sessionInitDuration.observe({ start: event.start }, event.duration_ms / 1000);
    } else if (event.type === 'session.process_restarting') {
      metrics.agentProcessRestarts.inc({ reason: event.cause ?? 'died' });
      recovering.delete(sessionId);
      makeRoom(recovering, MAX_RECOVERING);
      recovering.add(sessionId);
    } else if (event.type === 'session.turn_completed') {
      metrics.turns.inc({ outcome: event.outcome });
      metrics.turnDuration.observe({ outcome: event.outcome }, event.duration_ms / 1000);
      if (recovering.delete(sessionId)) metrics.recoveries.inc({ outcome: event.outcome });
    }
  };
  return {
    onEvents(sessionId, events, atMs) {
      for (const event of events) {
        count(sessionId, event);
        toolCalls(event, atMs);
        approvals(event, atMs);
        firstText.onEvent(sessionId, event, atMs);
      }
    },
    onPreview: (sessionId, preview) => firstText.onPreview(sessionId, preview),
  };
}
