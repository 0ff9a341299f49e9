import type { CredentialResource, CredentialValidation, VaultResource } from '@claude-sdk-pattern/protocol/v1';
import { z } from 'zod';

import { answer } from '../entrance/zod-schemas.ts';

const stored = {
  id: z.string(),
  metadata: z.record(z.string(), z.string()),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  archived_at: z.iso.datetime().nullable(),
};

export const vaultResource = answer<VaultResource>(
  z
    .object({ type: z.literal('vault'), display_name: z.string(), ...stored })
    .meta({ id: 'Vault', description: 'Credentials of one person for MCP servers.' }),
);

const refresh = z.object({
  client_id: z.string(),
  token_endpoint: z.string(),
  token_endpoint_auth: z.object({ type: z.enum(['none', 'client_secret_basic', 'client_secret_post']) }),
  resource: z.string().nullable(),
  scope: z.string().nullable(),
});

export const credentialResource = answer<CredentialResource>(
  z
    .object({
      type: z.literal('vault_credential'),
      vault_id: z.string(),
      display_name: z.string().nullable(),
      auth: z.discriminatedUnion('type', [
        z.object({ type: z.literal('static_bearer'), mcp_server_url: z.string() }),
        z.object({
          type: z.literal('mcp_oauth'),
          mcp_server_url: z.string(),
          expires_at: z.iso.datetime().nullable(),
          refresh: refresh.nullable(),
        }),
      ]),
      ...stored,
    })
    .meta({ id: 'VaultCredential', description: 'A credential, without its secret values.' }),
);

const httpResponse = z.object({
  status_code: z.number().int(),
  content_type: z.string(),
  body: z.string().describe('Only an error of OAuth; anything else is left out.'),
  body_truncated: z.boolean(),
});

export const credentialValidation = answer<CredentialValidation>(
  z
    .object({
      type: z.literal('vault_credential_validation'),
      credential_id: z.string(),
      vault_id: z.string(),
      status: z.enum(['valid', 'invalid', 'unknown']),
      has_refresh_token: z.boolean(),
      mcp_probe: z.object({ method: z.string(), http_response: httpResponse.nullable() }).nullable(),
      refresh: z
        .object({
          status: z.enum(['succeeded', 'failed', 'connect_error', 'no_refresh_token']),
          http_response: httpResponse.nullable(),
        })
        .nullable(),
      validated_at: z.iso.datetime(),
    })
    .meta({ id: 'VaultCredentialValidation', description: 'What came of trying a credential at its server.' }),
);
