import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export type CountedMetrics = Pick<Metrics, 'sessionInitDuration' | 'turns' | 'agentProcessRestarts' | 'recoveries'>;

/** More sessions than recover at the same time. Those that were deleted meanwhile count too, until others push them out. */
const MAX_RECOVERING = 10_000;

/** Updates metrics from published events. */
export function createEventCounter(
  metrics: CountedMetrics,
): (sessionId: string, events: readonly SessionEvent[]) => void {
  /** Sessions whose process ended before their turn did. */
  const recovering = new Set<string>();

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
      if (recovering.delete(sessionId)) metrics.recoveries.inc({ outcome: event.outcome });
    }
  };
  return (sessionId, events) => {
    for (const event of events) count(sessionId, event);
  };
}
