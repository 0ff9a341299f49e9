import type { BackgroundTaskList, BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ProcessOperations } from '../../processes/process-operations.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface BackgroundTaskRoutesOptions {
  sessions: Pick<SessionService, 'tasks'>;
  processes: Pick<ProcessOperations, 'measure'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
/** It becomes a part of a file's name. */
const taskId = z.string().regex(/^\w{1,64}$/);
const taskParams = params.extend({ task_id: taskId.describe('The task, by Claude Code’s id.') });

const task = z
  .object({
    task_id: taskId,
    kind: z.enum(['command', 'agent', 'other']),
    description: z.string(),
    command: z.string().nullable(),
    event_id: id.nullable().describe('The call that started it.'),
    status: z.enum(['running', 'completed', 'failed', 'stopped']),
    started_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
    exit_code: z.number().int().nullable(),
  })
  .meta({ id: 'BackgroundTask', description: 'What an agent runs beside the conversation.' });

const list = answer<BackgroundTaskList>(
  z
    .object({
      data: z.array(task).readonly(),
      memory_bytes: z
        .number()
        .nullable()
        .describe('Of the agent’s process with all that it runs, as measured some seconds ago.'),
    })
    .meta({ id: 'BackgroundTaskList', description: 'Those that run, oldest first.' }),
);

const output = answer<BackgroundTaskOutput>(
  z
    .object({
      task_id: taskId,
      output: z.string().describe('The last 64 KiB, with escape sequences: show it as plain text.'),
      total_bytes: z.number().int(),
      truncated: z.boolean().describe('Whether there is more before it.'),
    })
    .meta({ id: 'BackgroundTaskOutput', description: 'What a task has printed.' }),
);

/** What agents run beside the conversation. `session.background_tasks_updated` says when it changes. */
export const backgroundTaskRoutes: FastifyPluginAsyncZod<BackgroundTaskRoutesOptions> = async (app, options) => {
  const { sessions, processes } = options;

  app.get(
    '/api/v1/sessions/:id/background-tasks',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listBackgroundTasks',
        summary: 'List what the agent of your session runs beside the conversation',
        tags,
        params,
        response: { 200: list },
      },
    },
    async (request) => ({
      data: await sessions.tasks.list(getActor(request), request.params.id),
      memory_bytes: processes.measure(request.params.id),
    }),
  );

  app.get(
    '/api/v1/sessions/:id/background-tasks/:task_id/output',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'readBackgroundTaskOutput',
        summary: 'Read the newest output of a task, also after its end while the session has its process',
        tags,
        params: taskParams,
        response: { 200: output },
      },
    },
    (request) => sessions.tasks.readOutput(getActor(request), request.params.id, request.params.task_id),
  );

  app.post(
    '/api/v1/sessions/:id/background-tasks/:task_id/stop',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'stopBackgroundTask',
        summary: 'End a task; the agent is told with the next message',
        tags,
        params: taskParams,
        response: { 204: nothing, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      await sessions.tasks.stop(getActor(request), request.params.id, request.params.task_id);
      return reply.code(204).send();
    },
  );
};
