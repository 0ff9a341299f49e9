import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { makeRoom } from '../lib/make-room.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export type ApprovalMetrics = Pick<Metrics, 'approvalsRequested' | 'approvalsAnswered' | 'approvalAnswer'>;

/** Requests whose time is measured; beyond them those that were made first are forgotten. */
const MAX_OPEN = 10_000;

/** Counts what people are asked, and how it ends. Of a request of an earlier server only the end is counted. */
export function createApprovalCounter(metrics: ApprovalMetrics): (event: SessionEvent, atMs: number) => void {
  /** By the id of the call, when people were asked. */
  const askedAtMs = new Map<string, number>();

  return (event, atMs) => {
    switch (event.type) {
      case 'session.approval_requested':
        // People are told again of one that has another reason now.
        if (askedAtMs.has(event.event_id)) return;
        makeRoom(askedAtMs, MAX_OPEN);
        askedAtMs.set(event.event_id, atMs);
        metrics.approvalsRequested.inc();
        return;
      case 'user.tool_confirmation': {
        metrics.approvalsAnswered.inc({ outcome: event.result === 'allow' ? 'allowed' : 'denied' });
        const asked = askedAtMs.get(event.tool_use_id);
        if (asked !== undefined) metrics.approvalAnswer.observe((atMs - asked) / 1000);
        askedAtMs.delete(event.tool_use_id);
        return;
      }
      case 'session.approval_cancelled':
        metrics.approvalsAnswered.inc({ outcome: event.reason === 'expired' ? 'expired' : 'cancelled' });
        askedAtMs.delete(event.event_id);
        return;
      default:
        return;
    }
  };
}
