import type { BackgroundTaskList, BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** What the agent of a session runs beside the conversation. */
export interface BackgroundApi {
  list: (sessionId: string, signal: AbortSignal) => Promise<BackgroundTaskList>;
  readOutput: (sessionId: string, taskId: string, signal: AbortSignal) => Promise<BackgroundTaskOutput>;
  stop: (sessionId: string, taskId: string) => Promise<void>;
}

export function createBackgroundApi({ look, nothing }: Pick<Requests, 'look' | 'nothing'>): BackgroundApi {
  const toPath = (sessionId: string) => `/api/v1/sessions/${encodeURIComponent(sessionId)}/background-tasks`;
  const toTask = (sessionId: string, taskId: string) => `${toPath(sessionId)}/${encodeURIComponent(taskId)}`;
  return {
    list: (sessionId, signal) => look(toPath(sessionId), signal),
    readOutput: (sessionId, taskId, signal) => look(`${toTask(sessionId, taskId)}/output`, signal),
    stop: (sessionId, taskId) => nothing('POST', `${toTask(sessionId, taskId)}/stop`),
  };
}
