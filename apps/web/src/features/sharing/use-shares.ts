import type { SessionShare, ShareLevel } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

export interface Shares {
  /** Null until they are loaded. */
  shares: readonly SessionShare[] | null;
  /** The last failure to load or change them. */
  problem: Problem | null;
  /** Shares with the person who has this email address. Resolves to why not, or to null. */
  share: (email: string, level: ShareLevel) => Promise<string | null>;
  setLevel: (userId: string, level: ShareLevel) => Promise<void>;
  end: (userId: string) => Promise<void>;
}

/** The shares of a session, and what changes them. */
export function useShares(sessionId: string): Shares {
  const { api, bootstrap } = useServices();
  const [shares, setShares] = useState<readonly SessionShare[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = useCallback(async () => {
    try {
      setShares((await api.listShares(sessionId)).data);
    } catch (error) {
      setProblem(toProblem(error));
    }
  }, [api, sessionId]);
  useEffect(() => void load(), [load]);

  const change = async (run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error));
    }
    await load();
  };

  return {
    shares,
    problem,
    async share(email, level) {
      // A part of a name is for picking.
      if (!email.includes('@')) return t.sharing.nobody(email);
      try {
        const [person] = (await api.findPeople(email)).data;
        if (person === undefined) return t.sharing.nobody(email);
        if (person.id === bootstrap.user.id) return t.sharing.yourself;
        await api.putShare(sessionId, person.id, level);
        setProblem(null);
        await load();
        return null;
      } catch (error) {
        return toProblem(error).message;
      }
    },
    setLevel: (userId, level) => change(() => api.putShare(sessionId, userId, level)),
    end: (userId) => change(() => api.endShare(sessionId, userId)),
  };
}
