import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { LiveSession, type LiveSessionOptions } from './live-session.ts';
import type { SessionDeps } from '../session-deps.ts';
import { findCutRewind } from './rewind-files.ts';
import { findJournaledTasks } from '../../turns/lost-tasks.ts';
import { readSessionRules } from '../../permissions/session-rules.ts';

/** How long a lease lasts without renewal. After that another server may open the session. */
export const LEASE_MS = 30_000;
const SERVED_ELSEWHERE = 'served_elsewhere';
const turnStarted = z.object({ turn: z.number() });

/**
 * Takes the lease of a session and loads the session into memory. The fence rises, so that an earlier holder of the
 * lease cannot write any more.
 * @throws CspError `not_found` without such a session, `state_conflict` when another server holds it, `storage_unavailable` without its files.
 */
export async function openLiveSession(
  deps: SessionDeps,
  sessionId: string,
  callbacks: Pick<LiveSessionOptions, 'onChange' | 'onBroken'>,
): Promise<LiveSession> {
  const { store } = deps;
  await deps.workspaces.assertThere();
  const outcome = await store.leases.acquire({ sessionId, nodeId: deps.nodeId, ttlMs: LEASE_MS });
  if (outcome.state === 'held') {
    throw new CspError(
      'state_conflict',
      'Another server has this session. It gives it up after a minute without use, and 30 seconds after it has died. Try again then, or come in at that server',
      {
        details: { reason: SERVED_ELSEWHERE },
        retryAfterMs: 5000,
      },
    );
  }
  const [session, sessionRules, lastTurn, lostTasks, states] = await Promise.all([
    store.sessions.find(sessionId),
    readSessionRules(store, sessionId),
    store.events.list(sessionId, { types: ['session.turn_started'], order: 'desc', limit: 1 }),
    findJournaledTasks(store, sessionId),
    store.workspaceStates.list(sessionId),
  ]);
  if (session === undefined) throw new CspError('not_found', `There is no session ${sessionId}`);
  await deps.workspaces.of(session.agentSessionId).claimIfMarked(session.id);
  deps.histories?.of(session.agentSessionId).reread();
  const turn = turnStarted.safeParse(lastTurn[0]?.body);
  return new LiveSession(deps, {
    session,
    fence: outcome.lease.fence,
    turnNumber: turn.success ? turn.data.turn : 0,
    sessionRules,
    lostTasks,
    hasCutRewind: findCutRewind(states.filter((each) => each.placeId === deps.placeId)) !== undefined,
    ...callbacks,
  });
}

/** Whether the error says that another server holds the session. */
export function isServedElsewhere(error: unknown): boolean {
  return error instanceof CspError && error.details?.['reason'] === SERVED_ELSEWHERE;
}
