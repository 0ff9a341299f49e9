import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

import type { McpLink } from './mcp-link.ts';

/**
 * The link, with every message of the server changed before anyone reads it. So secrets are masked: what a server repeats of
 * them reaches neither the agent nor its transcript, the model or people.
 */
export function mapLink(link: McpLink, change: (message: JSONRPCMessage) => JSONRPCMessage): McpLink {
  const inner = link.transport;
  // The SDK sets and calls other members on the transport itself, such as the protocol's version for HTTP.
  const transport = new Proxy(inner, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'onmessage' ? value.bind(target) : value;
    },
    set(target, key, value: Transport['onmessage']) {
      const changed: Transport['onmessage'] =
        key === 'onmessage' && value !== undefined ? (message, extra) => value(change(message), extra) : value;
      return Reflect.set(target, key, changed, target);
    },
  });
  return {
    transport,
    get lost() {
      return link.lost;
    },
    isProcess: link.isProcess,
    close: () => link.close(),
  };
}
