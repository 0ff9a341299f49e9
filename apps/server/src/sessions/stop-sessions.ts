import { createLimiter } from '../lib/limiter.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import { describeStop } from '../stops/stop-error.ts';
import { findWorkStop, type Stop } from '../stops/stop.ts';
import type { LiveSession } from './live/live-session.ts';
import { isServedElsewhere } from './live/open-live-session.ts';
import type { ServedSessions } from './served-sessions.ts';
import type { SessionDeps } from './session-deps.ts';

/** Has sessions do what operators stop and lift. */
export interface StopSessions {
  /** Acts on what is stopped already, after the sessions of a dead server were recovered. */
  applyAll(): void;
  close(): void;
}

const AT_ONCE = 4;

/** Acts on each stop within moments on this server, and has messages go on that waited for one that is lifted. */
export function createStopSessions(
  { stops, store, logger }: Pick<SessionDeps, 'stops' | 'store' | 'logger'>,
  served: Pick<ServedSessions, 'all' | 'get' | 'isStopping' | 'letGoIdle'>,
): StopSessions {
  let known: readonly Stop[] = stops.all;

  const act = (live: LiveSession, work: Promise<void>) =>
    void work.catch((error: unknown) =>
      logger.error({ err: error, session_id: live.session.id }, 'a session could not be stopped as an operator asked'),
    );

  const apply = (added: readonly Stop[]) => {
    if (added.length === 0) return;
    for (const live of served.all) {
      const { ownerId, agentId } = live.session;
      const stop = findWorkStop(added, { ownerId, agentId });
      const plugin = added.find(({ scope, targetId }) => scope === 'plugin' && live.hasPlugin(targetId));
      if (stop !== undefined) act(live, live.stopWork(describeStop(stop)));
      else if (plugin !== undefined) act(live, live.leavePlugin(describeStop(plugin)));
    }
    if (stops.drain !== undefined) served.letGoIdle();
  };

  const takeUp = async (sessionId: string) => {
    if (served.isStopping) return;
    try {
      await (await served.get(sessionId)).takeUp();
    } catch (error) {
      // The other server hears of it too.
      if (isServedElsewhere(error)) return;
      logger.warn({ err: error, session_id: sessionId }, 'a session could not go on after a stop was lifted');
    }
  };
  const takeUpAll = shareNextRun(async () => {
    try {
      const limiter = createLimiter(AT_ONCE);
      const ids = await store.queue.listOpenSessions();
      await Promise.all(ids.map((id) => limiter.run(() => takeUp(id))));
    } catch (error) {
      logger.warn({ err: error }, 'messages that waited for a stop could not be looked up');
    }
  });

  const close = stops.onChanged(() => {
    const before = known;
    known = stops.all;
    apply(known.filter(({ id }) => !before.some((each) => each.id === id)));
    if (before.some(({ id, scope }) => scope !== 'plugin' && !known.some((each) => each.id === id))) void takeUpAll();
  });
  return { applyAll: () => apply(stops.all), close };
}
