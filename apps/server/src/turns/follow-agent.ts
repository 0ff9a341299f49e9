import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { SessionSignal } from './agent-messages.ts';
import type { ModelRetries } from './model-retries.ts';
import type { SessionOrder } from './session-order.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionTurns } from './session-turns.ts';

type SessionErrorEvent = Extract<SessionEvent, { type: 'session.error' }>;

/** The parts of the session that the events of an agent change. */
export interface FollowDeps {
  record: SessionRecord;
  turns: SessionTurns;
  process: SessionProcess;
  order: SessionOrder;
  retries: Pick<ModelRetries, 'isWaiting'>;
}

/** Stores events of the agent in the running turn. When the agent begins by itself, a turn of its own begins. */
export async function appendAgentEvents(
  { record, turns, retries }: FollowDeps,
  events: readonly SessionEvent[],
): Promise<void> {
  const beginsWork = events.some((event) => event.type === 'span.model_request_start');
  if (beginsWork && turns.running === undefined) await turns.ensureRunning(turns.reports.take());
  // While a model call waits for its retry, `ModelRetries` announces the end of the wait.
  const isResumed = beginsWork && record.session.status === 'rescheduling' && !retries.isWaiting;
  for (const event of events) {
    if (isExhausted(event)) turns.markFailed(true);
    else if (isAnswer(event)) turns.markFailed(false);
  }
  const running = isResumed ? [record.stamp({ type: 'session.status_running' })] : [];
  // The agent continues after the commit; people see each event after its flush, in order.
  const told = events.map((event) => (isExhausted(event) ? toBudgetError(event, turns.running?.reached) : event));
  await record.commit([...running, ...told]);
}

export async function handleAgentSignal(
  { record, turns, process, order }: FollowDeps,
  signal: SessionSignal,
): Promise<void> {
  switch (signal.type) {
    case 'turn_ended':
      await turns.end(signal);
      return;
    case 'plan_mode':
      await followPlanMode(record, signal.active);
      return;
    case 'task_reported':
      turns.reports.note(signal.task, {
        isTurnRunning: turns.running !== undefined,
        isOfSubagent: signal.isOfSubagent,
      });
      return;
    case 'give_up':
      order.tell(() => process.interrupt());
      return;
  }
}

/** The agent has entered or left plan mode. */
async function followPlanMode(record: SessionRecord, active: boolean): Promise<void> {
  const mode = active ? 'plan' : 'default';
  const { permissionMode } = record.session;
  if (permissionMode === mode || (!active && permissionMode !== 'plan')) return;
  const event = record.stamp({ type: 'session.updated', permission_mode: mode });
  await record.append([event], { patch: { permissionMode: mode } });
}

/** Where a budget has refused the call: says so, in place of what the CLI makes of it for whoever installed it. */
function toBudgetError(event: SessionErrorEvent, reached: ReachedBudget | undefined): SessionErrorEvent {
  if (reached === undefined) return event;
  const { retry_status } = event.error;
  return {
    ...event,
    error: { type: 'billing_error', message: reached.sentence, retry_status, ...{ budget_id: reached.id } },
  };
}

/** The session's own agent has answered, after an error. */
function isAnswer(event: SessionEvent): boolean {
  return event.type === 'agent.message' && event.session_thread_id == null && event.cut_off !== true;
}

function isExhausted(event: SessionEvent): event is SessionErrorEvent {
  return event.type === 'session.error' && event.error.retry_status.type === 'exhausted';
}
