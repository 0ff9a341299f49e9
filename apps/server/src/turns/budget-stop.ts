import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { Clock } from '../lib/clock.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { Store } from '../store/port.ts';

/** What the agent is told when a budget that had stopped its turn has room again. */
export const GOES_ON_WITHIN_BUDGET =
  'Your work was stopped because a budget was used up. It has room again. Check the state of things where it matters, and continue with the task.';

/** Events that say that a message waits for a budget. */
export function toBudgetStop(clock: Clock, { id, sentence }: Pick<ReachedBudget, 'id' | 'sentence'>): SessionEvent[] {
  const retry_status = { type: 'terminal' } as const;
  const error = { type: 'billing_error', message: sentence, retry_status, ...{ budget_id: id } } as const;
  return [
    stampEvent(clock, { type: 'session.error', error }),
    stampEvent(clock, { type: 'session.status_idle', stop_reason: { type: 'budget_reached' }, stop_details: null }),
  ];
}

const TYPES: SessionEvent['type'][] = ['session.turn_completed', 'session.status_idle', 'session.turn_started'];
const MOST_EVENTS = 50;

/** Whether the last turn of the session was stopped by a budget, and nobody has said since that it is not to go on. */
export async function wasCutByBudget(store: Pick<Store, 'events'>, sessionId: string): Promise<boolean> {
  const newestFirst = await store.events.list(sessionId, { types: TYPES, order: 'desc', limit: MOST_EVENTS });
  const turn = newestFirst.findIndex(({ type }) => type !== 'session.status_idle');
  const since = newestFirst.slice(0, turn);
  return (
    newestFirst[turn]?.type === 'session.turn_completed' &&
    since.length > 0 &&
    since.every(({ body }) => body.type === 'session.status_idle' && body.stop_reason.type === 'budget_reached')
  );
}
