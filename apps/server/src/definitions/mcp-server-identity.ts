import { toDigestOf } from '../audit/canonical-json.ts';
import type { McpServerSpec } from './mcp-server-spec.ts';

/**
 * SHA-256, in hex, of what makes an MCP server the one that it is, whatever it is called: the plugin that brings it, and its
 * address or its command. Another version of a plugin brings the same server as long as its command is the same. Pure.
 */
export function toMcpServerIdentity(server: McpServerSpec): string {
  const { plugin = null, transport } = server;
  return toDigestOf({ plugin, transport, at: toPlace(server) });
}

function toPlace(server: McpServerSpec): string | string[] | null {
  switch (server.transport) {
    case 'http':
    case 'sse':
      return server.url;
    case 'stdio':
      // The content of each version of a plugin lies elsewhere.
      return [server.command, ...server.args].map((word) =>
        server.readableDirs.reduce((text, dir) => text.replaceAll(dir, '${dir}'), word),
      );
    case 'in_process':
      return null;
  }
}
