import { CspError } from '@claude-sdk-pattern/protocol';
import type {
  CredentialCreateParams,
  CredentialResource,
  CredentialUpdateParams,
  McpOauthParams,
  McpOauthUpdate,
} from '@claude-sdk-pattern/protocol/v1';

import { mergeMetadata } from '../definitions/merge-metadata.ts';
import type { VaultRecord } from '../store/vaults.ts';

/** A credential as the store keeps it, without its secret values. */
export interface CredentialContent {
  displayName: string | null;
  metadata: Record<string, string>;
  auth: StaticBearer | McpOauth;
}

interface StaticBearer {
  type: 'static_bearer';
  serverUrl: string;
}

export interface McpOauth {
  type: 'mcp_oauth';
  serverUrl: string;
  /** ISO 8601; null where nobody knows. */
  expiresAt: string | null;
  refresh: RefreshSettings | null;
}

export interface RefreshSettings {
  clientId: string;
  tokenEndpoint: string;
  authType: 'none' | 'client_secret_basic' | 'client_secret_post';
  resource: string | null;
  scope: string | null;
}

/** Its secret values. */
export interface CredentialSecrets {
  /** What the MCP server gets. */
  token: string;
  refreshToken?: string;
  clientSecret?: string;
}

export interface CredentialParts {
  content: CredentialContent;
  secrets: CredentialSecrets;
}

/** @throws CspError `invalid_request` for a time that is over. */
export function toCredentialParts(params: CredentialCreateParams, nowMs: number): CredentialParts {
  const { auth, display_name: displayName, metadata = {} } = params;
  const common = { displayName: displayName ?? null, metadata };
  switch (auth.type) {
    case 'static_bearer': {
      const { type, mcp_server_url: serverUrl, token } = auth;
      return { content: { ...common, auth: { type, serverUrl } }, secrets: { token } };
    }
    case 'mcp_oauth':
      return { content: { ...common, auth: toMcpOauth(auth, nowMs) }, secrets: toOauthSecrets(auth) };
    case 'environment_variable':
      // The schema refuses it before.
      throw new CspError('unsupported_field', 'environment_variable is not supported by this server');
  }
}

function toMcpOauth(
  { mcp_server_url: serverUrl, expires_at: expiresAt, refresh }: McpOauthParams,
  nowMs: number,
): McpOauth {
  return {
    ...{ type: 'mcp_oauth', serverUrl },
    expiresAt: assertFuture(expiresAt ?? null, nowMs),
    refresh: refresh
      ? {
          clientId: refresh.client_id,
          tokenEndpoint: refresh.token_endpoint,
          authType: refresh.token_endpoint_auth.type,
          resource: refresh.resource ?? null,
          scope: refresh.scope ?? null,
        }
      : null,
  };
}

function toOauthSecrets({ access_token: token, refresh }: McpOauthParams): CredentialSecrets {
  if (!refresh) return { token };
  const { refresh_token: refreshToken, token_endpoint_auth: auth } = refresh;
  return { token, refreshToken, ...(auth.type !== 'none' && { clientSecret: auth.client_secret }) };
}

/**
 * The credential after a change; `secrets` is called only where the change has some.
 * @throws CspError `invalid_request` for another type, and for what the credential has not.
 */
export function updateCredentialParts(
  { content, secrets }: CredentialParts,
  params: CredentialUpdateParams,
  nowMs: number,
): CredentialParts {
  const { auth, display_name: displayName, metadata } = params;
  const common = {
    displayName: displayName ?? content.displayName,
    metadata: mergeMetadata(content.metadata, metadata),
  };
  if (auth === undefined) return { content: { ...content, ...common }, secrets };
  if (auth.type !== content.auth.type)
    throw refuse('auth.type', `is ${content.auth.type} and cannot be changed. Make another credential`);
  if (auth.type === 'static_bearer')
    return { content: { ...content, ...common }, secrets: { token: auth.token ?? secrets.token } };
  if (auth.type !== 'mcp_oauth' || content.auth.type !== 'mcp_oauth') throw new Error('The types were compared above');
  return {
    content: { ...common, auth: updateMcpOauth(content.auth, auth, nowMs) },
    secrets: updateOauthSecrets(secrets, auth),
  };
}

function updateMcpOauth(
  current: McpOauth,
  { expires_at: expiresAt, refresh }: McpOauthUpdate,
  nowMs: number,
): McpOauth {
  const next = { ...current, expiresAt: expiresAt == null ? current.expiresAt : assertFuture(expiresAt, nowMs) };
  if (refresh == null) return next;
  if (current.refresh === null)
    throw refuse('auth.refresh', 'can be changed only where the credential was made with it. Make another credential');
  if (refresh.token_endpoint_auth?.client_secret != null && current.refresh.authType === 'none')
    throw refuse('auth.refresh.token_endpoint_auth', 'the client of this credential has no secret');
  const { scope } = refresh;
  return { ...next, refresh: { ...current.refresh, ...(scope != null && { scope: scope === '' ? null : scope }) } };
}

function updateOauthSecrets(
  current: CredentialSecrets,
  { access_token: token, refresh }: McpOauthUpdate,
): CredentialSecrets {
  return {
    ...current,
    ...(token != null && { token }),
    ...(refresh?.refresh_token != null && { refreshToken: refresh.refresh_token }),
    ...(refresh?.token_endpoint_auth?.client_secret != null && {
      clientSecret: refresh.token_endpoint_auth.client_secret,
    }),
  };
}

function assertFuture(expiresAt: string | null, nowMs: number): string | null {
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs)
    throw refuse('auth.expires_at', 'takes a time in the future');
  return expiresAt;
}

function refuse(field: string, message: string): CspError {
  return new CspError('invalid_request', `The request is not valid: ${field}: ${message}`, { details: { field } });
}

/** The content of a stored credential; this server wrote it itself. */
export function readCredentialContent({ content }: Pick<VaultRecord, 'content'>): CredentialContent {
  return content as CredentialContent;
}

/** A credential as clients see it. */
export function toCredentialResource(record: VaultRecord): CredentialResource {
  const { displayName, metadata, auth } = readCredentialContent(record);
  return {
    ...{ type: 'vault_credential', id: record.id, vault_id: record.parentId, display_name: displayName, metadata },
    auth: auth.type === 'static_bearer' ? { type: auth.type, mcp_server_url: auth.serverUrl } : toOauthResource(auth),
    ...{ created_at: record.createdAt, updated_at: record.updatedAt, archived_at: record.archivedAt },
  };
}

function toOauthResource({ type, serverUrl, expiresAt, refresh }: McpOauth): CredentialResource['auth'] {
  return {
    ...{ type, mcp_server_url: serverUrl, expires_at: expiresAt },
    refresh: refresh && {
      client_id: refresh.clientId,
      token_endpoint: refresh.tokenEndpoint,
      token_endpoint_auth: { type: refresh.authType },
      resource: refresh.resource,
      scope: refresh.scope,
    },
  };
}
