import type { SessionOptions, SessionReload } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';

export interface OptionRoutesOptions {
  sessions: Pick<SessionService, 'explainOptions' | 'reload'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const plugin = z
  .object({ name: z.string(), version: z.string().nullable(), digest: z.string() })
  .meta({ id: 'SessionPlugin', description: 'A plugin as a process gets it.' });

const sessionOptions = answer<SessionOptions>(
  z
    .object({
      type: z.literal('session_options'),
      session_id: id,
      options: z.array(
        z.object({
          name: z.string(),
          is_set: z.boolean(),
          value: z.unknown().describe('Without secrets: of environments, headers and servers only names.'),
          from: z.enum(['platform', 'operator', 'agent', 'plugin', 'session']),
          names: z.array(z.string()).describe('Of the plugins that have a part in it.'),
          reason: z.string().describe('What it is set to, or why it is not set.'),
        }),
      ),
      conflicts: z.array(
        z.object({
          kind: z.string(),
          name: z.string(),
          first: z.string().describe('`agent`, or the name of a plugin.'),
          second: z.string(),
          resolution: z.string(),
        }),
      ),
      skills: z
        .object({
          listed: z
            .number()
            .describe('Skills and commands of plugins and of the agent in the list that the model gets.'),
          budget_chars: z.number().describe('What the descriptions of all share; it depends on the model.'),
          without_description: z.array(z.string()).describe('Those of which it gets the name alone.'),
        })
        .describe('What the model is told of skills when a session begins.'),
      tool_search: z
        .object({
          mode: z
            .enum(['auto', 'always', 'never'])
            .describe('`auto`: where the tools take more than `above_tokens` of a request.'),
          above_tokens: z.number(),
          from: z.enum(['operator', 'agent']),
          running: z
            .object({ tools: z.number(), tokens: z.number(), is_on: z.boolean() })
            .nullable()
            .describe('The tools of the running process; null where none runs.'),
        })
        .describe('Whether the model searches the tools of MCP servers instead of having all in every request.'),
      plugins: z.array(plugin).describe('Those that the next process gets.'),
      running: z
        .object({ plugins: z.array(plugin), is_current: z.boolean() })
        .nullable()
        .describe('What the running process started with; null where none runs.'),
    })
    .meta({ id: 'SessionOptions', description: 'What the next process of a session starts with, and why.' }),
);

const sessionReload = answer<SessionReload>(
  z
    .object({
      type: z.literal('session_reload'),
      when: z.enum(['now', 'after_turn']).describe('`after_turn`: the process ends with the running turn.'),
      plugins: z.array(plugin).describe('Those that the next message gets.'),
    })
    .meta({ id: 'SessionReload', description: 'The process of a session is replaced by the next message.' }),
);

/** The options of a session's process, and how it takes the present plugins. */
export const optionRoutes: FastifyPluginAsyncZod<OptionRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/sessions/:id/options',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'explainSessionOptions',
        summary: 'Explain every option of the Agent SDK that the next process of a session starts with',
        tags,
        params,
        response: { 200: sessionOptions },
      },
    },
    (request) => sessions.explainOptions(getActor(request), request.params.id),
  );

  app.post(
    '/api/v1/sessions/:id/reload',
    {
      config: { action: 'session.send' },
      schema: {
        operationId: 'reloadSession',
        summary: 'End the process of a session, so that the next message starts with the present plugins',
        tags,
        params,
        response: { 200: sessionReload },
      },
    },
    (request) => sessions.reload(getActor(request), request.params.id),
  );
};
