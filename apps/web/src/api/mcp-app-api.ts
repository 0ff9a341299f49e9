import type { McpAppAnswer } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** An app that a session shows, by the digest of its page. */
export interface ShownApp {
  sessionId: string;
  digest: string;
}

/** What apps have the servers do that brought them. The signals end that. */
export interface McpAppApi {
  call: (
    app: ShownApp,
    call: { tool: string; input: Readonly<Record<string, unknown>>; confirmed?: string },
    signal: AbortSignal,
  ) => Promise<McpAppAnswer>;
  read: (app: ShownApp, reading: { uri: string; confirmed?: string }, signal: AbortSignal) => Promise<McpAppAnswer>;
}

export function createMcpAppApi({ json }: Pick<Requests, 'json'>): McpAppApi {
  const pathOf = ({ sessionId, digest }: ShownApp) =>
    `/api/v1/sessions/${encodeURIComponent(sessionId)}/apps/${encodeURIComponent(digest)}`;
  return {
    call: (app, call, signal) => json('POST', `${pathOf(app)}/calls`, call, signal),
    read: (app, reading, signal) => json('POST', `${pathOf(app)}/resources`, reading, signal),
  };
}
