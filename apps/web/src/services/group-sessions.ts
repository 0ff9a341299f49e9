import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { toSessionWord } from '../session/session-word.ts';
import type { Elsewhere } from './find-elsewhere.ts';
import { needsMe } from './session-level.ts';

export type GroupName = 'needsYou' | 'running' | 'pinned' | 'shared' | 'today' | 'earlier' | 'archived';
export interface SessionGroup {
  name: GroupName;
  sessions: readonly SessionResource[];
}

const ORDER: readonly GroupName[] = ['needsYou', 'running', 'pinned', 'shared', 'today', 'earlier', 'archived'];

/**
 * Sorts sessions into the sidebar's groups, newest first. Empty groups are left out. `now` is in milliseconds since the
 * epoch; `elsewhere` are the sessions that wait for somebody else.
 */
export function groupSessions(
  sessions: Iterable<SessionResource>,
  now: number,
  elsewhere: ReadonlyMap<string, Elsewhere>,
): readonly SessionGroup[] {
  const groups = new Map<GroupName, SessionResource[]>();
  for (const session of sessions) {
    const name = toGroup(session, now, elsewhere);
    groups.set(name, [...(groups.get(name) ?? []), session]);
  }
  return ORDER.flatMap((name) => {
    const members = groups.get(name);
    if (members === undefined) return [];
    return [{ name, sessions: members.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at)) }];
  });
}

function toGroup(session: SessionResource, now: number, elsewhere: ReadonlyMap<string, Elsewhere>): GroupName {
  const word = toSessionWord(session);
  if (word === 'archived') return 'archived';
  if (needsMe(session, elsewhere)) return 'needsYou';
  // Also while it works: whose session it is says more than what it does.
  if (session.shared !== undefined) return 'shared';
  // A session that starts only because a person began to write stays in its group.
  if (word === 'starting' && session.status === 'idle') return toPlace(session, now);
  if (word === 'program' || word === 'running' || word === 'retrying' || word === 'starting' || word === 'queued')
    return 'running';
  return toPlace(session, now);
}

function toPlace(session: SessionResource, now: number): GroupName {
  if (session.pinned_at !== null) return 'pinned';
  return new Date(session.updated_at).toDateString() === new Date(now).toDateString() ? 'today' : 'earlier';
}
