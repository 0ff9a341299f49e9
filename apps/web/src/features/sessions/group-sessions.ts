import type { SessionResource } from '@claude-sdk-pattern/protocol';

export type GroupName = 'needsYou' | 'running' | 'pinned' | 'today' | 'earlier' | 'archived';
export type SessionWord =
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'starting'
  | 'failed'
  | 'budget'
  | 'idle'
  | 'asleep'
  | 'archived';

export interface SessionGroup {
  name: GroupName;
  sessions: readonly SessionResource[];
}

const ORDER: readonly GroupName[] = ['needsYou', 'running', 'pinned', 'today', 'earlier', 'archived'];

/** Sorts sessions into the sidebar's groups, newest first; empty groups are left out. `now` is in milliseconds. */
export function groupSessions(sessions: Iterable<SessionResource>, now: number): readonly SessionGroup[] {
  const groups = new Map<GroupName, SessionResource[]>();
  for (const session of sessions) {
    const name = toGroup(session, now);
    groups.set(name, [...(groups.get(name) ?? []), session]);
  }
  return ORDER.flatMap((name) => {
    const members = groups.get(name);
    if (members === undefined) return [];
    return [{ name, sessions: members.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at)) }];
  });
}

/** The state of a session in one word, the same as above its composer. */
export function toSessionWord(session: SessionResource): SessionWord {
  if (session.archived_at !== null) return 'archived';
  if (session.status === 'running') return session.process === 'starting' ? 'starting' : 'running';
  if (session.status === 'rescheduling') return 'retrying';
  if (session.status === 'terminated') return 'failed';
  switch (session.stop_reason?.type) {
    case 'requires_action':
      return 'waiting';
    case 'retries_exhausted':
    case 'refusal':
      return 'failed';
    case 'budget_reached':
      return 'budget';
    default:
      return session.process === 'none' && session.last_seq > 0 ? 'asleep' : 'idle';
  }
}

function toGroup(session: SessionResource, now: number): GroupName {
  const word = toSessionWord(session);
  if (word === 'archived') return 'archived';
  if (word === 'waiting') return 'needsYou';
  if (word === 'running' || word === 'retrying' || word === 'starting') return 'running';
  if (session.pinned_at !== null) return 'pinned';
  return new Date(session.updated_at).toDateString() === new Date(now).toDateString() ? 'today' : 'earlier';
}
