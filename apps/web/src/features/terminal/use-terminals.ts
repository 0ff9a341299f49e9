import type { TerminalResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { m } from './messages.ts';

interface Failure {
  text: string;
  problem: Problem;
}

export interface Terminals {
  /** Null until the first answer. */
  list: readonly TerminalResource[] | null;
  /** Why none can be opened. */
  refusal: string | null;
  failure: Failure | null;
  reload: () => Promise<void>;
  /** Resolves with its id, or null where that failed. */
  open: () => Promise<string | null>;
  end: (id: string) => Promise<void>;
}

/** Until its screen is measured. */
const FIRST_SIZE = { columns: 80, rows: 24 };

/** The terminals of the session of this context. */
export function useTerminals(): Terminals {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [list, setList] = useState<Terminals['list']>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  const attempt = useCallback(async <T>(text: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      const done = await work();
      setFailure(null);
      return done;
    } catch (error) {
      setFailure({ text, problem: toProblem(error) });
      return null;
    }
  }, []);
  const reload = useCallback(async () => {
    const found = await attempt(m.failed, () => api.terminals.list(sessionId));
    if (found === null) return;
    setList(found.data);
    setRefusal(found.problem);
  }, [api, attempt, sessionId]);
  useEffect(() => void reload(), [reload]);

  return {
    ...{ list, refusal, failure, reload },
    async open() {
      const opened = await attempt(m.openFailed, () => api.terminals.open(sessionId, FIRST_SIZE));
      if (opened !== null) setList((before) => [...(before ?? []), opened]);
      return opened?.id ?? null;
    },
    async end(id) {
      const ended = await attempt(m.endFailed, async () => {
        await api.terminals.end(sessionId, id);
        return true;
      });
      if (ended !== null) setList((before) => before?.filter((each) => each.id !== id) ?? null);
    },
  };
}
