import { CspError, hideTexts, type BackgroundTask, type BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';

import { toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { LiveSession } from './live/live-session.ts';
import { readTaskOutput } from './read-task-output.ts';
import type { SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

/** What the agents of sessions run beside the conversations. Each method throws `not_found` for what the actor may not see. */
export interface SessionTasks {
  /** Those that run, oldest first. */
  list(actor: Actor, sessionId: string): Promise<readonly BackgroundTask[]>;
  /** The end of what a command has printed, without the secrets of the session. */
  readOutput(actor: Actor, sessionId: string, taskId: string): Promise<BackgroundTaskOutput>;
  /** Ends a task. @throws CspError `not_found` where it does not run any more. */
  stop(actor: Actor, sessionId: string, taskId: string): Promise<void>;
}

export interface SessionTasksDeps extends Pick<SessionDeps, 'audit' | 'workspaces' | 'secretsInUse'> {
  access: Pick<SessionAccess, 'get'>;
  find(sessionId: string): LiveSession | undefined;
  getLive(sessionId: string): Promise<LiveSession>;
}

export function createSessionTasks(deps: SessionTasksDeps): SessionTasks {
  const { audit, workspaces, secretsInUse, access, find, getLive } = deps;
  return {
    async list(actor, sessionId) {
      await access.get(actor, 'session.read', sessionId);
      return find(sessionId)?.backgroundTasks ?? [];
    },
    async readOutput(actor, sessionId, taskId) {
      const { session } = await access.get(actor, 'session.read', sessionId);
      const { agentSessionId } = session;
      const { tmp } = workspaces.of(agentSessionId).dirs;
      const read = await readTaskOutput(tmp, { agentSessionId, taskId });
      if (read === undefined) {
        const reason = 'It has printed nothing, or its output was removed with its process';
        throw new CspError('not_found', `There is no output of task ${taskId} in session ${sessionId}. ${reason}`);
      }
      return { ...read, output: hideTexts(read.output, secretsInUse.of(agentSessionId)) };
    },
    async stop(actor, sessionId, taskId) {
      await access.get(actor, 'session.send', sessionId);
      await (await getLive(sessionId)).stopTask(taskId);
      const target = { type: 'session', id: sessionId } as const;
      const details = { task_id: taskId, ...toKeyDetails(actor) };
      await audit.record({ actor: toFactActor(actor), action: 'session.stop_task', target, details });
    },
  };
}
