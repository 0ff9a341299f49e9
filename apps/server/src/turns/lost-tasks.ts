import type { BackgroundTask, BackgroundTaskEndReason, SessionEvent } from '@claude-sdk-pattern/protocol';

import { stampEvent } from '../journal/stamp-event.ts';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';

/** The event that says that tasks have ended with their process; none where there are no tasks. */
export function toTasksEnd(
  clock: Clock,
  { tasks, reason }: { tasks: readonly BackgroundTask[]; reason: BackgroundTaskEndReason },
): SessionEvent[] {
  if (tasks.length === 0) return [];
  const ended_at = new Date(clock.now()).toISOString();
  const ended = tasks.map((task) => ({ ...task, status: 'stopped' as const, ended_at, end_reason: reason }));
  return [stampEvent(clock, { type: 'session.background_tasks_updated', tasks: ended })];
}

/** The most events that are looked through; of more tasks that end in one turn the agent sees the rest when it looks at them. */
const MAX_EVENTS = 100;

/** The tasks that ended by themselves after the last turn had begun: a dead server has not told the agent of them. */
export async function findUntoldTasks(store: Pick<Store, 'events'>, sessionId: string): Promise<BackgroundTask[]> {
  const types = ['session.turn_started', 'session.background_tasks_updated'] as const;
  const newestFirst = await store.events.list(sessionId, { types, order: 'desc', limit: MAX_EVENTS });
  const start = newestFirst.findIndex(({ type }) => type === 'session.turn_started');
  return newestFirst
    .slice(0, start < 0 ? undefined : start)
    .toReversed()
    .flatMap(({ body }) => (body.type === 'session.background_tasks_updated' ? body.tasks : []))
    .filter(({ status }) => status === 'completed' || status === 'failed');
}

/** The tasks that run by the journal. Where no server has the session, they have died with the one that had it. */
export async function findJournaledTasks(store: Pick<Store, 'events'>, sessionId: string): Promise<BackgroundTask[]> {
  const types = ['session.background_tasks_updated' as const];
  const [newest] = await store.events.list(sessionId, { types, order: 'desc', limit: 1 });
  const body = newest?.body;
  if (body?.type !== 'session.background_tasks_updated') return [];
  return body.tasks.filter(({ status }) => status === 'running');
}
