import type { PendingApprovalList } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface ApprovalRoutesOptions {
  sessions: Pick<SessionService, 'listApprovals'>;
}

const approvalList = answer<PendingApprovalList>(
  z
    .object({
      data: z.array(
        z
          .object({
            session_id: id,
            event_id: id.describe('The `agent.tool_use` event: the `tool_use_id` of an answer.'),
            tool_name: z.string(),
            title: z.string().describe('What would happen, as a sentence.'),
            reason: z.string().nullable().describe('Why the call needs approval, where that is known.'),
            requested_at: z.iso.datetime(),
            expires_at: z.iso.datetime().describe('From then on the call is denied.'),
          })
          .meta({ id: 'PendingApproval', description: 'A tool call that waits for approval.' }),
      ),
    })
    .meta({ id: 'PendingApprovalList', description: 'What the caller may answer now, oldest first, at most 500.' }),
);

/** What waits for an answer of the caller, in all sessions. */
export const approvalRoutes: FastifyPluginAsyncZod<ApprovalRoutesOptions> = async (app, { sessions }) => {
  app.get(
    '/api/v1/approvals',
    {
      config: { action: 'approval.read' },
      schema: {
        operationId: 'listApprovals',
        summary: 'List the tool calls that you may answer now, in your sessions and in those that are shared with you',
        tags: [TAGS.sessions],
        response: { 200: approvalList },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      const approvals = await sessions.listApprovals(getActor(request));
      return {
        data: approvals.map((approval) => ({
          session_id: approval.sessionId,
          event_id: approval.id,
          tool_name: approval.toolName,
          title: approval.title,
          reason: approval.reason,
          requested_at: approval.createdAt,
          expires_at: approval.expiresAt ?? approval.createdAt,
        })),
      };
    },
  );
};
