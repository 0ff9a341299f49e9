import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { toFetch, type HttpLinkTarget } from './http-links.ts';
import type { McpLink, McpLinkOptions } from './mcp-link.ts';

/** A link over streamable HTTP as revision 2026-07-28 has it: each request is one of its own, and its stream ends with it. */
export function createStatelessHttpLink(target: HttpLinkTarget, options: McpLinkOptions): McpLink {
  const { url, headers } = target;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: toFetch(target, options),
    requestInit: { headers },
  });
  return {
    transport,
    lost: undefined,
    isProcess: false,
    close: () => transport.close(),
  };
}
