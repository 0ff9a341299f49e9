import type { WorkspaceTrustResource, WorkspaceTrustReview } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import type { WorkspaceTrust } from '../../store/workspace-trusts.ts';
import { BROUGHT_KINDS } from '../../workspaces/brought/parse-brought.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface TrustRoutesOptions {
  sessions: Pick<SessionService, 'trust'>;
}

const tags = [TAGS.sessions];
const params = z.object({ id: id.describe('The session.') });
const digest = z.string().min(1).max(128).describe('Of all that would run. To trust it, send this.');

const item = z
  .object({
    kind: z.enum(BROUGHT_KINDS),
    name: z.string(),
    path: z.string().describe('From the repository, with `/`.'),
    runs: z.boolean().describe('Whether it is used once it is trusted; what is not has no effect on this platform.'),
    text: z.string().describe('Whole, as it is written; a file that is no text by its size.'),
  })
  .meta({ id: 'BroughtItem', description: 'One thing that a repository brings.' });

const place = z
  .object({
    repository_url: z.string().nullable().describe('Null for the workspace of the session itself.'),
    folder: z.string().describe('From the workspace; empty for the workspace itself.'),
    state: z
      .enum(['nothing', 'untrusted', 'trusted', 'changed'])
      .describe('`nothing`: nothing of it would run; `changed`: other content was trusted, so that nothing runs.'),
    instructions: z.array(z.string()).describe('Files that the agent gets as instructions, from the workspace.'),
    items: z.array(item).readonly(),
    problem: z.string().nullable().describe('Why it cannot be trusted.'),
  })
  .meta({ id: 'WorkspaceTrustPlace', description: 'A repository of a session, or its workspace.' });

const review = answer<WorkspaceTrustReview>(
  z
    .object({
      type: z.literal('workspace_trust'),
      session_id: z.string(),
      digest,
      is_trusted: z.boolean().describe('Whether all that would run is trusted; false where there is nothing.'),
      places: z.array(place),
    })
    .meta({ id: 'WorkspaceTrust', description: 'What a workspace brings, and what of it may run.' }),
);

const grant = answer<WorkspaceTrustResource>(
  z
    .object({
      type: z.literal('workspace_trust_grant'),
      id: z.string(),
      repository: z.string().nullable().describe('Null for a session.'),
      session_id: z.string().nullable().describe('Null for a repository.'),
      counts: z.record(z.string(), z.number()).readonly().describe('Of each kind, how much.'),
      trusted_at: z.iso.datetime(),
    })
    .meta({ id: 'WorkspaceTrustGrant', description: 'A repository that you let run what it brings.' }),
);

/** What workspaces bring for Claude Code, and what of it people let run. */
export const trustRoutes: FastifyPluginAsyncZod<TrustRoutesOptions> = async (app, { sessions }) => {
  const { trust } = sessions;
  app.get(
    '/api/v1/sessions/:id/workspace/trust',
    {
      config: { action: 'session.read' },
      schema: {
        operationId: 'getWorkspaceTrust',
        summary: 'List what the workspace of your session brings: hooks, MCP servers, skills, permissions, settings',
        tags,
        params,
        response: { 200: review },
      },
    },
    (request) => trust.review(getActor(request), request.params.id),
  );

  app.put(
    '/api/v1/sessions/:id/workspace/trust',
    {
      config: { action: 'session.trust_workspace' },
      schema: {
        operationId: 'trustWorkspace',
        summary: 'Let run what the workspace of your session brings, in this and other sessions of yours',
        description: 'For its repositories by their address, until their content changes. 409 for an old digest.',
        tags,
        params,
        body: z.strictObject({ digest }).meta({ id: 'TrustWorkspaceParams' }),
        response: { 200: review, ...failsWith(409) },
      },
    },
    (request) => trust.trust(getActor(request), request.params.id, request.body.digest),
  );

  app.delete(
    '/api/v1/sessions/:id/workspace/trust',
    {
      config: { action: 'session.trust_workspace' },
      schema: {
        operationId: 'distrustWorkspace',
        summary: 'Take back the trust in the repositories and the workspace of your session',
        tags,
        params,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await trust.withdraw(getActor(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  );

  app.get(
    '/api/v1/workspace-trusts',
    {
      config: { action: 'workspace_trust.read' },
      schema: {
        operationId: 'listWorkspaceTrusts',
        summary: 'List the repositories that you let run what they bring, the newest first',
        tags,
        response: { 200: pageOf(grant) },
      },
    },
    async (request) => ({ data: (await trust.list(getActor(request))).map(toResource), next_page: null }),
  );

  app.delete(
    '/api/v1/workspace-trusts/:id',
    {
      config: { action: 'workspace_trust.end' },
      schema: {
        operationId: 'endWorkspaceTrust',
        summary: 'Take back your trust in a repository',
        tags,
        params: z.object({ id: id.describe('The trust.') }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await trust.withdrawById(getActor(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  );
};

function toResource({ id: trustId, identity, counts, trustedAt }: WorkspaceTrust): WorkspaceTrustResource {
  const [, kind, name = identity] = /^(repository|session):(.*)$/.exec(identity) ?? [];
  return {
    ...{ type: 'workspace_trust_grant', id: trustId, counts, trusted_at: trustedAt },
    repository: kind === 'repository' ? name : null,
    session_id: kind === 'session' ? name : null,
  };
}
