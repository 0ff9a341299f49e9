import { CspError, type SecretResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Identity } from '../../identity/identity.ts';
import type { ListedSecret, SecretBook, SecretTarget } from '../../secrets/secret-book.ts';
import { MAX_SECRET_BYTES, SECRET_NAME } from '../../secrets/secret-name.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface SecretRoutesOptions {
  secrets: SecretBook;
  identity: Pick<Identity, 'findUserNames'>;
}

const tags = [TAGS.secrets];
const scope = z.enum(['platform', 'agent', 'user']);
const secret = answer<SecretResource>(
  z
    .object({
      type: z.literal('secret'),
      name: z.string(),
      scope: scope.describe('Who has it.'),
      agent_id: z.string().nullable().describe('With the scope `agent`.'),
      agent_name: z.string().nullable().describe('With the scope `agent`.'),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime().describe('When its value was last set.'),
      updated_by: z
        .object({ id, name: z.string().nullable() })
        .nullable()
        .describe('Who set it then; null where that is not known, and the name of a removed account.'),
    })
    .meta({ id: 'Secret', description: 'A secret, without its value.' }),
);
const params = z.object({ name: z.string().regex(SECRET_NAME, 'takes up to 64 letters, digits, _, . and -') });
const targetQuery = z.strictObject({
  scope: scope.default('platform').describe('Whose: the platform’s, for operators; your own; or an agent’s.'),
  agent_id: id.optional().describe('With the scope `agent`, one that you may change.'),
});
const body = z
  .strictObject({ value: z.string().max(MAX_SECRET_BYTES).describe('Up to 32 KiB. It cannot be read back.') })
  .meta({ id: 'PutSecretParams', examples: [{ value: 'a value that nobody else knows' }] });

/** Secrets of the platform, of agents and of people: to set, to list by name and to remove. */
export const secretRoutes: FastifyPluginAsyncZod<SecretRoutesOptions> = async (app, { secrets, identity }) => {
  app.get(
    '/api/v1/secrets',
    {
      config: { action: 'secret.read' },
      schema: {
        operationId: 'listSecrets',
        summary:
          'List the names of secrets: by default your own and, for operators, the platform’s; with the scope `agent` and no `agent_id`, those of all agents that you may change; never their values',
        tags,
        querystring: z.strictObject({ scope: scope.optional(), agent_id: id.optional() }),
        response: { 200: pageOf(secret) },
      },
    },
    async (request) => {
      const { scope: of, agent_id: agentId } = request.query;
      const actor = getActor(request);
      const listed = await (of === 'agent' && agentId === undefined
        ? secrets.listOfAgents(actor)
        : secrets.list(
            actor,
            of === undefined && agentId === undefined
              ? undefined
              : toTarget({ scope: of ?? 'agent', agent_id: agentId }),
          ));
      const names = await identity.findUserNames(listed.flatMap(({ updatedBy }) => updatedBy ?? []));
      return { data: listed.map((each) => toResource(each, names)), next_page: null };
    },
  );

  app.put(
    '/api/v1/secrets/:name',
    {
      config: { action: 'secret.change' },
      schema: {
        operationId: 'putSecret',
        summary: 'Set a secret; what starts from then on gets the new value',
        tags,
        params,
        querystring: targetQuery,
        body,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      await secrets.put(getActor(request), toTarget(request.query), { name, value: request.body.value });
      return reply.code(204).send(undefined);
    },
  );

  app.delete(
    '/api/v1/secrets/:name',
    {
      config: { action: 'secret.change' },
      schema: {
        operationId: 'deleteSecret',
        summary: 'Remove a secret; what runs already keeps it until it ends',
        tags,
        params,
        querystring: targetQuery,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await secrets.remove(getActor(request), toTarget(request.query), request.params.name);
      return reply.code(204).send(undefined);
    },
  );
};

function toTarget({
  scope: of,
  agent_id: agentId,
}: {
  scope: z.infer<typeof scope>;
  agent_id?: string | undefined;
}): SecretTarget {
  const details = { field: 'agent_id' };
  if (of === 'agent') {
    if (agentId === undefined)
      throw new CspError('invalid_request', 'agent_id: says whose secret, with the scope agent', { details });
    return { scope: of, agentId };
  }
  if (agentId !== undefined)
    throw new CspError('invalid_request', `agent_id: does not go with the scope ${of}`, { details });
  return { scope: of };
}

function toResource(
  { scope: of, ownerId, name, agentName, createdAt, updatedAt, updatedBy }: ListedSecret,
  names: ReadonlyMap<string, string>,
): SecretResource {
  return {
    ...{ type: 'secret', name, scope: of as SecretResource['scope'] },
    ...{ agent_id: of === 'agent' ? ownerId : null, agent_name: agentName },
    ...{ created_at: createdAt, updated_at: updatedAt },
    updated_by: updatedBy === null ? null : { id: updatedBy, name: names.get(updatedBy) ?? null },
  };
}
