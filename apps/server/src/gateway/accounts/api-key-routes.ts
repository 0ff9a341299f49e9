import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import type { ApiKeys } from '../../identity/api-keys.ts';
import { getActor } from '../entrance/admission.ts';
import { id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { apiKeyBody, apiKeyResource, createdApiKey, toKeyResource } from './api-key-resource.ts';
import { createKey, revokeKey } from './change-keys.ts';

export interface ApiKeyRoutesOptions {
  apiKeys: ApiKeys;
  audit: ChangeRecorder;
}

/** The caller's own API keys. */
export const apiKeyRoutes: FastifyPluginAsyncZod<ApiKeyRoutesOptions> = async (app, options) => {
  const { apiKeys } = options;

  app.get(
    '/api/v1/api-keys',
    {
      config: { action: 'api_key.read' },
      schema: {
        operationId: 'listApiKeys',
        summary: 'List your API keys, without their secrets',
        tags: [TAGS.identity],
        response: { 200: pageOf(apiKeyResource) },
      },
    },
    async (request) => ({ data: (await apiKeys.list(getActor(request).userId)).map(toKeyResource), next_page: null }),
  );

  app.post(
    '/api/v1/api-keys',
    {
      config: { action: 'api_key.create' },
      schema: {
        operationId: 'createApiKey',
        summary:
          'Create an API key from `{"name", "expires_in_days"?, "scopes"?}`; the key is shown only in this answer. It ends with the key that it is made with',
        tags: [TAGS.identity],
        body: apiKeyBody,
        response: { 200: createdApiKey },
      },
    },
    async (request) => {
      const actor = getActor(request);
      return createKey(options, actor, { ownerId: actor.userId, body: request.body });
    },
  );

  app.delete(
    '/api/v1/api-keys/:id',
    {
      config: { action: 'api_key.revoke' },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key, with the keys, sign-ins and invitations that were made with it',
        tags: [TAGS.identity],
        params: z.object({ id }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id: keyId } = request.params;
      const actor = getActor(request);
      if (!(await revokeKey(options, actor, { ownerId: actor.userId, id: keyId })))
        throw new CspError('not_found', `You have no API key ${keyId}.`);
      return reply.code(204).send();
    },
  );
};
