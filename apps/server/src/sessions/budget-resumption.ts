import { createLimiter } from '../lib/limiter.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import { isServedElsewhere } from './live/open-live-session.ts';
import type { ServedSessions } from './served-sessions.ts';
import type { SessionDeps } from './session-deps.ts';

/** Has sessions go on that a budget has stopped. */
export interface BudgetResumption {
  /** For whichever may go on; each asks its budgets. Never rejects. */
  resumeAll(): Promise<void>;
  close(): void;
}

const AT_ONCE = 4;

export function createBudgetResumption(
  {
    store,
    budgets,
    logger,
  }: Pick<SessionDeps, 'store' | 'logger'> & { budgets: Pick<SessionDeps['budgets'], 'onRoom'> },
  served: Pick<ServedSessions, 'get' | 'isStopping'>,
): BudgetResumption {
  const resume = async (sessionId: string) => {
    if (served.isStopping) return;
    try {
      await (await served.get(sessionId)).resumeWithinBudget();
    } catch (error) {
      // The other server hears of the budget too.
      if (isServedElsewhere(error)) return;
      logger.warn({ err: error, session_id: sessionId }, 'a session that a budget had stopped could not go on');
    }
  };
  const resumeAll = shareNextRun(async () => {
    try {
      const limiter = createLimiter(AT_ONCE);
      const ids = await store.sessions.listStoppedByBudget();
      await Promise.all(ids.map((id) => limiter.run(() => resume(id))));
    } catch (error) {
      logger.warn({ err: error }, 'sessions that a budget had stopped could not be looked up');
    }
  });
  return { resumeAll, close: budgets.onRoom(() => void resumeAll()) };
}
