import { permissionMode, type Policy, type PolicyResource, type PolicyTestResult } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { ROLES } from '../../identity/actor.ts';
import type { PolicyBook } from '../../permissions/policy-book.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import { isKnownTool } from '../../permissions/tool-class.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface PolicyRoutesOptions {
  policies: Pick<PolicyBook, 'current' | 'replace'>;
  sessions: Pick<SessionService, 'testPolicy'>;
  approvalTimeoutSeconds: number;
}

const MAX_RULES = 5000;
/** A month: nobody answers later than that. */
const MAX_EXPIRY_SECONDS = 30 * 24 * 60 * 60;
const tags = [TAGS.operations];
const effect = z.enum(['allow', 'ask', 'deny']);
const role = z.enum(ROLES);

const rule = z
  .object({
    effect,
    rule: z
      .string()
      .min(1)
      .max(2000)
      .describe('In Claude Code’s syntax: `Bash(git *)`, `Edit(src/**)`, `mcp__docs__*`.'),
    roles: z.array(role).min(1).optional().describe('Roles of the session’s owner that it is for; absent for all.'),
    reason: z.string().max(500).optional().describe('For people and for the agent.'),
    four_eyes: z
      .boolean()
      .optional()
      .describe(
        'Only with `ask`: the session’s owner, and who wrote the turn’s messages, may deny the call and not allow it.',
      ),
    expires_in_seconds: z
      .number()
      .int()
      .min(1)
      .max(MAX_EXPIRY_SECONDS)
      .optional()
      .describe('Only with `ask`: how long people may take to answer. Absent for the setting of the platform.'),
  })
  .refine(({ effect: of, four_eyes: fourEyes }) => of === 'ask' || fourEyes !== true, {
    path: ['four_eyes'],
    error: 'only goes with the effect ask',
  })
  .refine(({ effect: of, expires_in_seconds: seconds }) => of === 'ask' || seconds === undefined, {
    path: ['expires_in_seconds'],
    error: 'only goes with the effect ask',
  })
  .meta({ id: 'PolicyRule', description: 'What is to become of the tool calls that a rule speaks of.' });

const policyFields = {
  version: z.number().int().min(0).describe('0 before the first change.'),
  rules: z.array(rule).max(MAX_RULES),
};
const neverAsk = z.array(role).describe('Roles whose sessions may never ask, besides operators and administrators.');

const policyResource = answer<PolicyResource>(
  z
    .object({
      ...{ ...policyFields, never_ask: neverAsk },
      approval_timeout_seconds: z.number().describe('How long people may take to answer, where no rule says so.'),
    })
    .meta({ id: 'Policy', description: 'The rules of the platform for tool calls. Deny wins, then ask, then allow.' }),
);
const policyBody = z.object({ ...policyFields, never_ask: neverAsk.optional() });

const testBody = z.object({
  tool_name: z.string().min(1).max(200).describe('As the agent calls it: `Bash`, `mcp__docs__search`.'),
  input: z.record(z.string(), z.unknown()).default({}),
  role: role.default('user').describe('Of the session’s owner.'),
  agent: id.optional().describe('By default the default agent.'),
  permission_mode: permissionMode.default('default'),
  rules: policyFields.rules.optional().describe('By default the stored ones. Nothing is stored.'),
  never_ask: neverAsk.optional(),
});
const testResult = answer<PolicyTestResult & { known_tool: boolean }>(
  z
    .object({
      effect,
      layer: z
        .enum(['platform', 'role', 'agent', 'session', 'plugin', 'hook', 'secrets', 'default'])
        .describe('What decides.'),
      rule: z.string().nullable().describe('As it was written; null where the layer has no rules.'),
      reason: z.string(),
      known_tool: z.boolean().describe('False where neither Claude Code nor an MCP server has a tool of this name.'),
      four_eyes: z.boolean().optional().describe('With `ask`: whether a second person has to allow it.'),
      expires_in_seconds: z.number().optional().describe('With `ask`: how long people may take, where a rule says so.'),
    })
    .meta({ id: 'PolicyTestResult', description: 'What would happen to a tool call.' }),
);

/** The policy of the platform: to read, to replace and to try. */
export const policyRoutes: FastifyPluginAsyncZod<PolicyRoutesOptions> = async (
  app,
  { policies, sessions, ...options },
) => {
  const toResource = (policy: Policy): PolicyResource => ({
    ...policy,
    approval_timeout_seconds: options.approvalTimeoutSeconds,
  });
  app.get(
    '/api/v1/policy',
    {
      config: { action: 'policy.read' },
      schema: {
        operationId: 'getPolicy',
        summary: 'Get the rules for tool calls; for operators',
        tags,
        response: { 200: policyResource },
      },
    },
    async () => toResource(policies.current.policy),
  );

  app.put(
    '/api/v1/policy',
    {
      config: { action: 'policy.change' },
      schema: {
        operationId: 'replacePolicy',
        summary: 'Replace the rules for tool calls, from the next call of every session on; for administrators',
        tags,
        body: policyBody,
        response: { 200: policyResource, ...failsWith(409) },
      },
    },
    async (request) => toResource(await policies.replace(getActor(request), request.body)),
  );

  app.post(
    '/api/v1/policy/test',
    {
      config: { action: 'policy.read' },
      schema: {
        operationId: 'testPolicy',
        summary: 'See what would happen to a tool call; for operators',
        tags,
        body: testBody,
        response: { 200: testResult },
      },
    },
    async (request) => ({
      ...(await sessions.testPolicy(getActor(request), request.body)),
      known_tool: isKnownTool(request.body.tool_name),
    }),
  );
};
