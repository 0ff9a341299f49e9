import type {
  BetaManagedAgentsCredential,
  BetaManagedAgentsCredentialValidation,
} from '@anthropic-ai/sdk/resources/beta/vaults/credentials';
import type { BetaManagedAgentsVault } from '@anthropic-ai/sdk/resources/beta/vaults/vaults';
import { z } from 'zod';

import { metadata, metadataPatch } from './metadata.ts';
import { timestamp } from './query.ts';
import { UNSUPPORTED } from './unsupported.ts';

export type VaultResource = BetaManagedAgentsVault;
export type CredentialResource = BetaManagedAgentsCredential;
export type CredentialValidation = BetaManagedAgentsCredentialValidation;

const MAX_NAME_CHARS = 255;
const MAX_URL_CHARS = 2048;
const MAX_SECRET_CHARS = 16_384;

const vaultName = z.string().trim().min(1).max(MAX_NAME_CHARS);
const credentialName = z.string().trim().max(MAX_NAME_CHARS);
/** What fits into a header or a form. */
const secret = z
  .string()
  .min(1)
  .max(MAX_SECRET_CHARS)
  .regex(/^[\x21-\x7e]+$/, 'takes visible ASCII characters without spaces');
/** A password may have any characters. */
const clientSecret = z.string().min(1).max(MAX_SECRET_CHARS);
function hasNoUser(text: string): boolean {
  // What is no URL at all was told by `z.url`, which does not stop the refinements after it.
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
function isSafeForSecrets(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}
const serverUrl = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_CHARS)
  .refine(hasNoUser, { error: 'takes no name and password in the URL' });
const tokenEndpoint = serverUrl.refine(isSafeForSecrets, {
  error: 'takes https, or http on this machine: a refresh token goes there',
});
const scope = z.string().max(2048);

/** POST /v1/vaults */
export const vaultCreateParams = z.strictObject({ display_name: vaultName, metadata: metadata.optional() });
export type VaultCreateParams = z.infer<typeof vaultCreateParams>;

/** POST /v1/vaults/{id}: a field that is left out or null does not change. */
export const vaultUpdateParams = z.strictObject({
  display_name: vaultName.nullish(),
  metadata: metadataPatch.nullish(),
});
export type VaultUpdateParams = z.infer<typeof vaultUpdateParams>;

const NO_VARIABLES =
  'environment_variable is not supported by this server: it would have to replace the placeholder in requests that the agent encrypts itself. Use a secret of a plugin, or an MCP server with a static_bearer';
const environmentVariable = z
  .looseObject({ type: z.literal('environment_variable') })
  .refine(() => false, { params: UNSUPPORTED, error: NO_VARIABLES, path: ['type'] });

const endpointAuth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('client_secret_basic'), client_secret: clientSecret }),
  z.strictObject({ type: z.literal('client_secret_post'), client_secret: clientSecret }),
]);
const staticBearer = z.strictObject({ type: z.literal('static_bearer'), mcp_server_url: serverUrl, token: secret });
const mcpOauth = z.strictObject({
  type: z.literal('mcp_oauth'),
  mcp_server_url: serverUrl,
  access_token: secret,
  expires_at: timestamp.nullish(),
  refresh: z
    .strictObject({
      client_id: z.string().min(1).max(MAX_URL_CHARS),
      refresh_token: secret,
      token_endpoint: tokenEndpoint,
      token_endpoint_auth: endpointAuth,
      resource: z.string().max(MAX_URL_CHARS).nullish(),
      scope: scope.nullish(),
    })
    .nullish(),
});

/** POST /v1/vaults/{id}/credentials */
export const credentialCreateParams = z.strictObject({
  auth: z.discriminatedUnion('type', [staticBearer, mcpOauth, environmentVariable]),
  display_name: credentialName.nullish(),
  metadata: metadata.optional(),
});
export type CredentialCreateParams = z.infer<typeof credentialCreateParams>;
export type StaticBearerParams = z.infer<typeof staticBearer>;
export type McpOauthParams = z.infer<typeof mcpOauth>;

const endpointAuthUpdate = z.strictObject({
  type: z.enum(['client_secret_basic', 'client_secret_post']),
  client_secret: clientSecret.nullish(),
});
const staticBearerUpdate = z.strictObject({ type: z.literal('static_bearer'), token: secret.nullish() });
const mcpOauthUpdate = z.strictObject({
  type: z.literal('mcp_oauth'),
  access_token: secret.nullish(),
  expires_at: timestamp.nullish(),
  refresh: z
    .strictObject({
      refresh_token: secret.nullish(),
      /** An empty text removes it. */
      scope: scope.nullish(),
      token_endpoint_auth: endpointAuthUpdate.optional(),
    })
    .nullish(),
});

/** POST /v1/vaults/{id}/credentials/{id}: a field that is left out or null does not change. */
export const credentialUpdateParams = z.strictObject({
  auth: z.discriminatedUnion('type', [staticBearerUpdate, mcpOauthUpdate, environmentVariable]).optional(),
  display_name: credentialName.nullish(),
  metadata: metadataPatch.nullish(),
});
export type CredentialUpdateParams = z.infer<typeof credentialUpdateParams>;
export type McpOauthUpdate = z.infer<typeof mcpOauthUpdate>;

/** The most vaults that a session may name. */
const MAX_VAULTS_OF_SESSION = 20;
/** Those of a new session. */
export const vaultIds = z.array(z.string().min(1).max(128)).max(MAX_VAULTS_OF_SESSION);
