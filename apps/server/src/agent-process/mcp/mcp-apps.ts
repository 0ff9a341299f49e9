import { createHash } from 'node:crypto';

import type { McpAppReference } from '@claude-sdk-pattern/protocol';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import type { McpAppPage } from '../../store/mcp-apps.ts';
import { readAppPage } from './mcp-app-meta.ts';
import { toProblem, withoutPrefix } from './mcp-problem.ts';

/** Keeps a page, so that a person can see it from then on. Rejects when it cannot be kept. */
export type KeepAppPage = (app: { digest: string; page: McpAppPage }) => Promise<void>;

/** The apps of one MCP server. */
export interface McpApps {
  /** Reads the page, and keeps it; resolves in any case. A page that was read is not read again until `forget`. */
  open(resourceUri: string, signal: AbortSignal): Promise<McpAppReference>;
  /** The server has changed its tools, or is another by now. */
  forget(): void;
}

export interface McpAppsDeps {
  /** Name of the server in the agent's definition. */
  server: string;
  serverIdentity: string;
  /** Sends `resources/read` to the server. */
  read(uri: string, signal: AbortSignal): Promise<unknown>;
  keep: KeepAppPage;
}

/** The result of the call waits no longer than this for the page. */
const MAX_WAIT_MS = 5000;
const MAX_CACHED = 8;
/** Of what a result holds for the app alone, as JSON. */
const MAX_DATA_CHARS = 250_000;

export function createMcpApps({ server, serverIdentity, read, keep }: McpAppsDeps): McpApps {
  const pages = new Map<string, Promise<McpAppPage>>();

  const load = (uri: string, signal: AbortSignal): Promise<McpAppPage> => {
    const known = pages.get(uri);
    if (known !== undefined) return known;
    const loading = read(uri, signal).then((answer) => ({ server, serverIdentity, ...readAppPage(answer) }));
    if (pages.size >= MAX_CACHED) pages.clear();
    pages.set(uri, loading);
    loading.catch(() => pages.get(uri) === loading && pages.delete(uri));
    return loading;
  };

  return {
    async open(resourceUri, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(MAX_WAIT_MS)]);
      try {
        const page = await load(resourceUri, limit);
        const digest = createHash('sha256').update(JSON.stringify(page)).digest('hex');
        await keep({ digest, page });
        const origins = [...new Set([...page.connectOrigins, ...page.resourceOrigins])];
        return { resource_uri: resourceUri, digest, ...(origins.length > 0 && { origins }) };
      } catch (error) {
        const problem = limit.aborted ? 'its server did not send its page in time' : withoutPrefix(toProblem(error));
        return { resource_uri: resourceUri, problem };
      }
    },
    forget: () => pages.clear(),
  };
}

/** The reference with what the result holds for the app. */
export function toAppReference(app: McpAppReference, result: CallToolResult): McpAppReference {
  const { structuredContent, _meta: meta } = result;
  const data = {
    ...(structuredContent !== undefined && { structured_content: structuredContent }),
    ...(meta !== undefined && { result_meta: meta }),
  };
  return JSON.stringify(data).length > MAX_DATA_CHARS ? { ...app, is_cut: true } : { ...app, ...data };
}
