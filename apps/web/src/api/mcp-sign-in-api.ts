import type { McpSignInBeginning, McpSignInResource, Page } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** An MCP server to sign in to. */
export type McpSignInServer = { server_url: string } | { plugin: string; server: string };

/** What an authorization server adds to the address that it leads back to. */
export interface McpSignInAnswer {
  /** The last segment of that address. */
  issuer_key: string;
  state: string;
  code?: string;
  error?: string;
  iss?: string;
}

/** `/api/v1/mcp-sign-ins`: everybody's own, and for operators those of the platform. */
export interface McpSignInApi {
  list: () => Promise<Page<McpSignInResource>>;
  /** @param returnTo a path of this app, where the browser comes back to in the end */
  begin: (
    server: McpSignInServer,
    options: { scope: McpSignInResource['scope']; returnTo: string },
  ) => Promise<McpSignInBeginning>;
  finish: (answer: McpSignInAnswer) => Promise<{ sign_in: McpSignInResource; return_to: string }>;
  end: (signIn: Pick<McpSignInResource, 'id' | 'scope'>) => Promise<void>;
}

const SIGN_INS = '/api/v1/mcp-sign-ins';

export function createMcpSignInApi({ json, nothing }: Requests): McpSignInApi {
  return {
    list: () => json('GET', SIGN_INS),
    begin: (server, { scope, returnTo }) => json('POST', SIGN_INS, { ...server, scope, return_to: returnTo }),
    finish: (answer) => json('POST', `${SIGN_INS}/finish`, answer),
    end: ({ id, scope }) => nothing('DELETE', `${SIGN_INS}/${encodeURIComponent(id)}?scope=${scope}`),
  };
}
