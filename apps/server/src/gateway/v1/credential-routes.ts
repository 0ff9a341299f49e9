import { credentialCreateParams, credentialUpdateParams } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { CredentialBook, CredentialPath } from '../../vaults/credential-book.ts';
import { getActor } from '../entrance/admission.ts';
import { id, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { definitionPaging, toListParams } from './list-query.ts';
import { credentialResource, credentialValidation } from './vault-schema.ts';

const tags = [TAGS.vaults];
const vaultParams = z.object({ vault_id: id });
const params = vaultParams.extend({ credential_id: id });
const auth = { type: 'static_bearer', mcp_server_url: 'https://mcp.example.com/mcp', token: 'a token of that server' };
const createBody = credentialCreateParams.meta({ id: 'VaultCredentialCreateParams', examples: [{ auth }] });
const updateBody = credentialUpdateParams.meta({
  id: 'VaultCredentialUpdateParams',
  examples: [{ auth: { type: 'static_bearer', token: 'another token' } }],
});
const deleted = z.object({ id: z.string(), type: z.literal('vault_credential_deleted') });

const toPath = (found: z.infer<typeof params>): CredentialPath => ({
  vaultId: found.vault_id,
  id: found.credential_id,
});

/** `/v1/vaults/:vault_id/credentials`. Over 100 lines: a flat list of routes. */
export const credentialRoutes: FastifyPluginAsyncZod<{ credentials: CredentialBook }> = async (
  app,
  { credentials },
) => {
  app.post(
    '/v1/vaults/:vault_id/credentials',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'createVaultCredential',
        summary: 'Keep a credential for an MCP server; its secret values cannot be read back',
        tags,
        params: vaultParams,
        body: createBody,
        response: { 200: credentialResource, ...failsWith(409) },
      },
    },
    (request) => credentials.create(getActor(request), request.params.vault_id, request.body),
  );

  app.get(
    '/v1/vaults/:vault_id/credentials',
    {
      config: { action: 'vault.read' },
      schema: {
        operationId: 'listVaultCredentials',
        summary: 'List the credentials of a vault, newest first, without their secret values',
        tags,
        params: vaultParams,
        querystring: z.strictObject(definitionPaging),
        response: { 200: pageOf(credentialResource) },
      },
    },
    (request) => credentials.list(getActor(request), request.params.vault_id, toListParams(request.query)),
  );

  app.get(
    '/v1/vaults/:vault_id/credentials/:credential_id',
    {
      config: { action: 'vault.read' },
      schema: {
        operationId: 'getVaultCredential',
        summary: 'Get a credential, without its secret values',
        tags,
        params,
        response: { 200: credentialResource },
      },
    },
    (request) => credentials.get(getActor(request), toPath(request.params)),
  );

  app.post(
    '/v1/vaults/:vault_id/credentials/:credential_id',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'updateVaultCredential',
        summary: 'Change a credential; running sessions use it with their next request',
        tags,
        params,
        body: updateBody,
        response: { 200: credentialResource },
      },
    },
    (request) => credentials.update(getActor(request), toPath(request.params), request.body),
  );

  app.delete(
    '/v1/vaults/:vault_id/credentials/:credential_id',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'deleteVaultCredential',
        summary: 'Delete a credential; running sessions lose it at once',
        tags,
        params,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const path = toPath(request.params);
      await credentials.delete(getActor(request), path);
      return { id: path.id, type: 'vault_credential_deleted' as const };
    },
  );

  app.post(
    '/v1/vaults/:vault_id/credentials/:credential_id/archive',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'archiveVaultCredential',
        summary: 'Archive a credential and remove its secret values',
        tags,
        params,
        response: { 200: credentialResource },
      },
    },
    (request) => credentials.archive(getActor(request), toPath(request.params)),
  );

  app.post(
    '/v1/vaults/:vault_id/credentials/:credential_id/mcp_oauth_validate',
    {
      config: { action: 'vault.change' },
      schema: {
        operationId: 'validateVaultCredential',
        summary: 'Try an OAuth credential at its MCP server, with a refresh where the server refuses it',
        tags,
        params,
        response: { 200: credentialValidation },
      },
    },
    (request) => credentials.validate(getActor(request), toPath(request.params)),
  );
};
