import type { McpSignInBeginning, McpSignInResource } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { ISSUER_KEY } from '../../mcp-sign-ins/addresses.ts';
import { SIGN_IN_SCOPES } from '../../mcp-sign-ins/kept-sign-ins.ts';
import { answer } from '../entrance/zod-schemas.ts';

export const scope = z.enum(SIGN_IN_SCOPES);
export const scopeQuery = z.strictObject({
  scope: scope.default('user').describe('Whose: your own, or the platform’s, for operators.'),
});
const text = z.string().min(1).max(4096);
const issuerKey = z.string().regex(ISSUER_KEY);

export const signIn = answer<McpSignInResource>(
  z
    .object({
      type: z.literal('mcp_sign_in'),
      id: z.string(),
      scope,
      server_url: z.url(),
      server_name: z.string(),
      plugin: z.string().nullable().describe('For whose server it was made; null for a URL.'),
      issuer: z.string().describe('The authorization server.'),
      status: z.enum(['signed_in', 'needs_sign_in']),
      problem: z.string().nullable().describe('Why somebody has to sign in again; null while it serves.'),
      expires_at: z.iso
        .datetime()
        .nullable()
        .describe('Of the token; null where the authorization server does not say.'),
      renews: z.boolean().describe('Whether the token is renewed by itself.'),
      oauth_scope: z.string().nullable().describe('What was granted, separated by spaces.'),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime().describe('When somebody last signed in, or the token was last renewed.'),
    })
    .meta({ id: 'McpSignIn', description: 'A sign-in to an MCP server, without its tokens.' }),
);
export const beginning = answer<McpSignInBeginning>(
  z
    .object({
      type: z.literal('mcp_sign_in_beginning'),
      authorization_url: z.url().describe('Open it in a browser where you are signed in here, too.'),
      expires_at: z.iso.datetime().describe('Until then the sign-in can be ended.'),
      issuer: z.string().describe('Whose token it will be: show it, and the server, before you open the address.'),
      server_url: z.url().describe('The MCP server that will get the token.'),
    })
    .meta({ id: 'McpSignInBeginning' }),
);
export const beginBody = z
  .strictObject({
    server_url: z.string().max(2000).optional().describe('URL of an MCP server over HTTP; or `plugin` and `server`.'),
    plugin: z.string().max(64).optional().describe('Name of an active plugin.'),
    server: z.string().max(256).optional().describe('Name of a server of that plugin.'),
    scope: scope.default('user').describe('For yourself; or for the platform, which operators may.'),
    return_to: z.string().max(2000).optional().describe('A path of the web app, where the browser goes afterwards.'),
  })
  .meta({ id: 'BeginMcpSignInParams', examples: [{ server_url: 'https://mcp.example.com/mcp' }] });
export const finishBody = z
  .strictObject({
    issuer_key: issuerKey.describe('The last segment of the redirect URI.'),
    state: text,
    code: text.optional(),
    error: text.optional(),
    iss: text.optional(),
  })
  .meta({ id: 'FinishMcpSignInParams', description: 'What the authorization server has added to the redirect URI.' });
