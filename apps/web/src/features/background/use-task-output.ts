import type { BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { toProblem } from '../../session/problem.ts';

/** No event says that a command has printed something. */
const REFRESH_MS = 2000;

/** The newest output of a task, read again while it runs and the page is visible. Null before; `gone` where there is none. */
export function useTaskOutput(taskId: string, isRunning: boolean): BackgroundTaskOutput | 'gone' | null {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const [output, setOutput] = useState<BackgroundTaskOutput | 'gone' | null>(null);
  useEffect(() => {
    const closing = new AbortController();
    const read = () => {
      if (document.visibilityState !== 'visible') return;
      api.background.readOutput(sessionId, taskId, closing.signal).then(setOutput, (error: unknown) => {
        // Without an answer the last output stays.
        if (!closing.signal.aborted && toProblem(error).kind === 'gone') setOutput('gone');
      });
    };
    read();
    const timer = isRunning ? setInterval(read, REFRESH_MS) : undefined;
    return () => {
      clearInterval(timer);
      closing.abort();
    };
  }, [api, sessionId, taskId, isRunning]);
  return output;
}
