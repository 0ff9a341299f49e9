import type { StopImpact, StopScope } from '@claude-sdk-pattern/protocol';

import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { LiveSession } from './live/live-session.ts';

export interface StopImpactDeps {
  store: {
    sessions: Pick<Store['sessions'], 'find' | 'listByStatus'>;
    queue: Pick<Store['queue'], 'listOpenSessions'>;
  } & {
    approvals: Pick<Store['approvals'], 'listPendingSessions'>;
  };
  /** The sessions in memory of this server. */
  served: readonly LiveSession[];
}

/**
 * What stopping something does now. Turns and messages are those of all servers that share the store; those of a plugin, and of a
 * server that drains, are of this server.
 */
export async function findStopImpact(
  { store, served }: StopImpactDeps,
  { scope, targetId }: { scope: StopScope; targetId: string },
): Promise<StopImpact> {
  if (scope === 'plugin' || scope === 'node') {
    const concerned = served.filter((live) => scope === 'node' || live.hasPlugin(targetId));
    return { ...countLive(concerned), waiting: 0 };
  }
  const isConcerned = ({ ownerId, agentId }: Pick<Session, 'ownerId' | 'agentId'>) =>
    scope === 'platform' || targetId === (scope === 'user' ? ownerId : agentId);
  const read = async (ids: readonly string[]) => {
    const sessions = await Promise.all(ids.map((id) => store.sessions.find(id)));
    return sessions.flatMap((session) => (session !== undefined && isConcerned(session) ? [session] : []));
  };
  const [working, asking, open] = await Promise.all([
    store.sessions.listByStatus(['running', 'rescheduling']),
    store.approvals.listPendingSessions(),
    store.queue.listOpenSessions(),
  ]);
  const turns = new Map([...working.filter(isConcerned), ...(await read(asking))].map((each) => [each.id, each]));
  const waiting = await read(open.filter((id) => !turns.has(id)));
  return {
    turns: turns.size,
    people: new Set([...turns.values()].map(({ ownerId }) => ownerId)).size,
    processes: countLive(served.filter(({ session }) => isConcerned(session))).processes,
    waiting: waiting.length,
  };
}

function countLive(lives: readonly LiveSession[]): Omit<StopImpact, 'waiting'> {
  const working = lives.filter(({ idleSinceMs }) => idleSinceMs === undefined);
  return {
    turns: working.length,
    people: new Set(working.map(({ session }) => session.ownerId)).size,
    processes: lives.filter(({ process }) => process.state !== 'none').length,
  };
}
