import type { SessionMcpServerResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem, type Problem } from '../../session/problem.ts';

/** A server may begin, end or be lost at any time, and no event says so. */
const REFRESH_MS = 3000;

export interface SessionServers {
  /** Null until the first answer. While the server cannot be reached, the last answer stays. */
  list: readonly SessionMcpServerResource[] | null;
  problem: Problem | null;
  reload: () => void;
  reconnect: (server: string) => Promise<void>;
}

/** The MCP servers of the session of this context, requested again at an interval while the page is visible. */
export function useSessionServers(): SessionServers {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [list, setList] = useState<SessionServers['list']>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = useCallback(async (asked: Promise<{ data: SessionMcpServerResource[] }>) => {
    try {
      setList((await asked).data);
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error));
    }
  }, []);
  const reload = useCallback(() => void take(api.mcpServers.listOfSession(sessionId)), [api, sessionId, take]);
  useEffect(() => {
    reload();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return { list, problem, reload, reconnect: (server) => take(api.mcpServers.reconnect(sessionId, server)) };
}
