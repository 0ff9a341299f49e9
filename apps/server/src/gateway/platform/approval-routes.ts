import type { ApprovalCardResource, HandOver, PendingApprovalList } from '@claude-sdk-pattern/protocol';
import { paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { eventPlugin } from './mcp-server-resource.ts';

export interface ApprovalRoutesOptions {
  sessions: Pick<SessionService, 'answers'>;
}

const tags = [TAGS.sessions];
const person = z.object({ id: z.string(), name: z.string() });
const handOver = z
  .object({
    by: person
      .nullable()
      .describe('Null where the platform did it, because the session has nobody who may allow the call.'),
    at: z.iso.datetime(),
    note: z.string().nullable().describe('For the operators.'),
  })
  .meta({ id: 'HandOver', description: 'Who has handed a tool call to the operators, and when.' });
const pendingApproval = {
  session_id: id,
  event_id: id.describe('The `agent.tool_use` event: the `tool_use_id` of an answer.'),
  tool_name: z.string(),
  plugin: eventPlugin.nullable().describe('Whose call it is; null where it is no plugin’s.'),
  title: z.string().describe('What would happen, as a sentence.'),
  reason: z.string().nullable().describe('Why the call needs approval, where that is known.'),
  requested_at: z.iso.datetime(),
  expires_at: z.iso.datetime().describe('From then on the call is denied.'),
  owner: person.describe('Of the session, for whom the agent works.'),
  four_eyes: z.boolean().describe('Whether somebody else than whoever asked for the work has to allow it.'),
  may_answer: z
    .boolean()
    .describe('Whether you may answer it with this credential. One with the scope `read` may not.'),
  may_allow: z.boolean().describe('Whether you may allow it. You may deny it wherever you may answer it.'),
  handed_over: handOver.nullable().describe('Null where it was not handed to the operators.'),
  session_visible: z.boolean().describe('Whether you may see the session. If not, the call was handed to you.'),
  waiting_in_session: z.int().describe('How many of its session you may answer; the list has the 20 oldest of each.'),
};

const approvalList = answer<PendingApprovalList>(
  z
    .object({
      data: z.array(
        z.object(pendingApproval).meta({ id: 'PendingApproval', description: 'A tool call that waits for approval.' }),
      ),
      next_page: z.string().nullable(),
    })
    .meta({
      id: 'PendingApprovalList',
      description:
        'What the caller may answer now, of each session the 20 oldest: first of their own sessions, then of others; the oldest first.',
    }),
);
const approvalCard = answer<ApprovalCardResource>(
  z
    .object({ ...pendingApproval, input: z.record(z.string(), z.unknown()).describe('Of the tool, whole.') })
    .meta({ id: 'ApprovalCard', description: 'A tool call that waits for approval, with all that is decided about.' }),
);

const approvalParams = z.object({ event_id: id.describe('The `agent.tool_use` event.') });
const handOverParams = approvalParams.extend({ id: id.describe('The session.') });
const handOverBody = z
  .strictObject({ note: z.string().trim().max(500).nullish().describe('For the operators.') })
  .meta({ id: 'HandOverParams', examples: [{ note: 'May it write to the release branch?' }] });

/** What waits for an answer of the caller, in all sessions, and the way of a call to the operators. */
export const approvalRoutes: FastifyPluginAsyncZod<ApprovalRoutesOptions> = async (app, { sessions }) => {
  const { answers } = sessions;
  app.get(
    '/api/v1/approvals',
    {
      config: { action: 'approval.read' },
      schema: {
        operationId: 'listApprovals',
        summary:
          'List the tool calls that you may answer now: in your sessions, in those that are shared with you and, for operators, those that were handed to them',
        tags,
        querystring: z.object(paging({ default: 100, max: 500 })),
        response: { 200: approvalList },
      },
    },
    (request) => {
      const { limit, page = null } = request.query;
      return answers.list(getActor(request), { limit, cursor: page });
    },
  );

  app.get(
    '/api/v1/approvals/:event_id',
    {
      config: { action: 'approval.read' },
      schema: {
        operationId: 'getApproval',
        summary: 'Get a tool call that you may answer now, with its input',
        tags,
        params: approvalParams,
        response: { 200: approvalCard },
      },
    },
    (request) => answers.get(getActor(request), request.params.event_id),
  );

  app.put(
    '/api/v1/sessions/:id/approvals/:event_id/hand-over',
    {
      config: { action: 'session.hand_over' },
      schema: {
        operationId: 'handOverApproval',
        summary: 'Hand a tool call that waits to the operators, who may then answer it and see nothing else',
        tags,
        params: handOverParams,
        body: handOverBody,
        response: { 200: answer<HandOver>(handOver) },
      },
    },
    (request) => {
      const { id: sessionId, event_id: eventId } = request.params;
      const note = request.body.note ?? null;
      return answers.handOver(getActor(request), sessionId, { eventId, note: note === '' ? null : note });
    },
  );

  app.delete(
    '/api/v1/sessions/:id/approvals/:event_id/hand-over',
    {
      config: { action: 'session.hand_over' },
      schema: {
        operationId: 'takeBackApproval',
        summary: 'Take a tool call back from the operators',
        tags,
        params: handOverParams,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id: sessionId, event_id: eventId } = request.params;
      await answers.takeBack(getActor(request), sessionId, eventId);
      return reply.code(204).send(undefined);
    },
  );
};
