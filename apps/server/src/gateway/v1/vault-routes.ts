import { vaultCreateParams, vaultUpdateParams } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { VaultBook } from '../../vaults/vault-book.ts';
import { getActor } from '../entrance/admission.ts';
import { id, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { definitionPaging, toListParams } from './list-query.ts';
import { vaultResource } from './vault-schema.ts';

const tags = [TAGS.vaults];
const params = z.object({ vault_id: id });
const createBody = vaultCreateParams.meta({ id: 'VaultCreateParams', examples: [{ display_name: 'Alice' }] });
const updateBody = vaultUpdateParams.meta({ id: 'VaultUpdateParams', examples: [{ display_name: 'Alice, at work' }] });
const deleted = z.object({ id: z.string(), type: z.literal('vault_deleted') });

/** `/v1/vaults` */
export const vaultRoutes: FastifyPluginAsyncZod<{ vaults: VaultBook }> = async (app, { vaults }) => {
  app.post(
    '/v1/vaults',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'createVault',
        summary: 'Make a vault for credentials of your own',
        tags,
        body: createBody,
        response: { 200: vaultResource },
      },
    },
    (request) => vaults.create(getActor(request), request.body),
  );

  app.get(
    '/v1/vaults',
    {
      config: { action: 'vault.read' },
      schema: {
        operationId: 'listVaults',
        summary: 'List your vaults, newest first',
        tags,
        querystring: z.strictObject(definitionPaging),
        response: { 200: pageOf(vaultResource) },
      },
    },
    (request) => vaults.list(getActor(request), toListParams(request.query)),
  );

  app.get(
    '/v1/vaults/:vault_id',
    {
      config: { action: 'vault.read' },
      schema: { operationId: 'getVault', summary: 'Get a vault', tags, params, response: { 200: vaultResource } },
    },
    (request) => vaults.get(getActor(request), request.params.vault_id),
  );

  app.post(
    '/v1/vaults/:vault_id',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'updateVault',
        summary: 'Change the name and the metadata of a vault',
        tags,
        params,
        body: updateBody,
        response: { 200: vaultResource },
      },
    },
    (request) => vaults.update(getActor(request), request.params.vault_id, request.body),
  );

  app.delete(
    '/v1/vaults/:vault_id',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'deleteVault',
        summary: 'Delete a vault with its credentials; running sessions lose them at once',
        tags,
        params,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const { vault_id: vaultId } = request.params;
      await vaults.delete(getActor(request), vaultId);
      return { id: vaultId, type: 'vault_deleted' as const };
    },
  );

  app.post(
    '/v1/vaults/:vault_id/archive',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'archiveVault',
        summary: 'Archive a vault and its credentials, and remove their secret values',
        tags,
        params,
        response: { 200: vaultResource },
      },
    },
    (request) => vaults.archive(getActor(request), request.params.vault_id),
  );
};
