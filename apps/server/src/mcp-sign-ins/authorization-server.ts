import { z } from 'zod';

/** What is kept of an authorization server's metadata (RFC 8414); the MCP SDK takes it as such. */
export const authorizationServer = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  response_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  registration_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  scopes_supported: z.array(z.string()).optional(),
  code_challenge_methods_supported: z.array(z.string()).optional(),
  client_id_metadata_document_supported: z.boolean().optional(),
  /** RFC 9207: its answers name it. */
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});
export type AuthorizationServer = z.infer<typeof authorizationServer>;

/** The platform as a client of an authorization server. */
export const oauthClient = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
  /** In seconds since 1970; 0 for never. */
  client_secret_expires_at: z.number().optional(),
  token_endpoint_auth_method: z.string().optional(),
});
export type OAuthClient = z.infer<typeof oauthClient>;

/** Issuers are compared as texts; only a slash alone as the path is no difference, because many write it on one side. */
export function isSameIssuer(one: string, other: string): boolean {
  return withoutRootSlash(one) === withoutRootSlash(other);
}

export function withoutRootSlash(issuer: string): string {
  return /^[a-z]+:\/\/[^/]+\/$/.test(issuer) ? issuer.slice(0, -1) : issuer;
}
