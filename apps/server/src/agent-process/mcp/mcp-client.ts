import type { ClientCapabilities, ElicitRequest, Implementation, Progress } from '@modelcontextprotocol/sdk/types.js';

import type { ElicitationAnswer } from '../../permissions/elicitation.ts';
import { APP_MIME_TYPE, APPS_EXTENSION } from './mcp-app-meta.ts';
import type { McpLink } from './mcp-link.ts';

/**
 * One conversation with an MCP server, by one line of the MCP SDK. Requests reject with the errors of the first line
 * (`McpError`, `StreamableHTTPError`), whichever line speaks.
 */
export interface McpClient {
  /** Rejects when the server does not speak what this client speaks; then the link is closed. */
  connect(link: McpLink, options: { timeout: number; signal: AbortSignal }): Promise<void>;
  /** As the server tells of itself; undefined until it is connected. */
  readonly info: { name: string; version: string } | undefined;
  readonly instructions: string | undefined;
  has(capability: 'tools' | 'prompts' | 'resources'): boolean;
  /** Whether the revision lets a client use a tool of this input schema. */
  allows(tool: { inputSchema: object }): boolean;
  request(
    request: McpRequest,
    options: { timeout: number; signal: AbortSignal; onprogress?: (progress: Progress) => void },
  ): Promise<Record<string, unknown>>;
  /** Rejects when nothing comes back in time; an error of the server is an answer. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface McpRequest {
  method: string;
  params?: Record<string, unknown>;
}

export interface McpClientDeps {
  /** The server asks the user something. The signal aborts when it no longer waits for the answer. */
  onQuestion(params: ElicitRequest['params'], signal: AbortSignal): Promise<ElicitationAnswer>;
  onToolsChanged(): void;
  /** People are done with a page that the server had them open. */
  onPageDone(elicitationId: string): void;
  /** The link has ended, or was closed. */
  onClosed(): void;
  /** Whether servers are told that their apps are shown. */
  showsApps: boolean;
}

/** The first revision without a handshake and sessions. */
export const STATELESS_REVISION = '2026-07-28';

/** What servers are told of this platform. */
export const CLIENT: Implementation = { name: 'claude-sdk-pattern', version: '1' };

/** What it offers to servers. */
export function toCapabilities(showsApps: boolean) {
  const extensions = { [APPS_EXTENSION]: { mimeTypes: [APP_MIME_TYPE] } };
  return { elicitation: { form: {}, url: {} }, ...(showsApps && { extensions }) } satisfies ClientCapabilities;
}
