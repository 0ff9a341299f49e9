import type { SessionRuleList } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';

export interface RuleRoutesOptions {
  sessions: Pick<SessionService, 'listRules' | 'revokeRule'>;
}

const tags = [TAGS.sessions];
const sessionId = id.describe('The session.');

const ruleList = answer<SessionRuleList>(
  z
    .object({
      data: z.array(
        z
          .object({
            id,
            rule: z.string().describe('As it is compared: `Bash(npm test)`, `WebFetch(domain:example.com)`, `Edit`.'),
            tool_name: z.string().describe('As events name the tool.'),
            kind: z
              .enum(['command', 'edits', 'domain', 'tool'])
              .describe(
                '`command`: exactly this command; `edits`: every change of a file in the workspace; `domain`: every page of this host; `tool`: every call of the tool.',
              ),
            pattern: z.string().nullable().describe('The command or the host; null for the other kinds.'),
            mcp_server_name: z.string().nullable().describe('Of a tool of an MCP server.'),
            created_at: z.iso.datetime(),
            granted_by: z.object({ id: z.string(), name: z.string() }),
          })
          .meta({ id: 'SessionRule', description: 'A kind of tool call that a person has allowed for a session.' }),
      ),
    })
    .meta({ id: 'SessionRuleList', description: 'What people have allowed for a session, oldest first.' }),
);

/** What was allowed for a session as a whole: to see it, and to take it back. */
export const ruleRoutes: FastifyPluginAsyncZod<RuleRoutesOptions> = async (app, options) => {
  const { sessions } = options;
  app.get(
    '/api/v1/sessions/:id/rules',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'listSessionRules',
        summary: 'List the rules of your session: the tool calls that run without asking',
        tags,
        params: z.object({ id: sessionId }),
        response: { 200: ruleList },
      },
    },
    async (request) => ({ data: [...(await sessions.listRules(getActor(request), request.params.id))] }),
  );

  app.delete(
    '/api/v1/sessions/:id/rules/:rule_id',
    {
      config: { action: 'session.revoke_rule' },
      schema: {
        operationId: 'revokeSessionRule',
        summary: 'Revoke a rule: the tool calls that it allowed ask again',
        tags,
        params: z.object({ id: sessionId, rule_id: id.describe('The rule.') }),
        response: { 204: z.undefined().describe('The rule is revoked.') },
      },
    },
    async (request, reply) => {
      await sessions.revokeRule(getActor(request), request.params.id, request.params.rule_id);
      return reply.code(204).send(undefined);
    },
  );
};
