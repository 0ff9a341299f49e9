import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
  ErrorCode,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import { CLIENT, toCapabilities, type McpClient, type McpClientDeps } from './mcp-client.ts';

const anything = z.looseObject({});

/** A client of the revisions that begin with `initialize`: 2025-11-25 and before. */
export function createInitializedClient(deps: McpClientDeps): McpClient {
  const client = new Client(CLIENT, { capabilities: toCapabilities(deps.showsApps) });
  Object.assign(client, { onclose: () => deps.onClosed() });
  client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) => deps.onQuestion(params, signal));
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => deps.onToolsChanged());
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) =>
    deps.onPageDone(params.elicitationId),
  );
  return {
    connect: ({ transport }, options) => client.connect(transport, options),
    get info() {
      const { name, version } = client.getServerVersion() ?? {};
      return name === undefined || version === undefined ? undefined : { name, version };
    },
    get instructions() {
      return client.getInstructions();
    },
    allows: () => true,
    has: (capability) => client.getServerCapabilities()?.[capability] !== undefined,
    request: (request, options) => client.request(request, anything, options),
    async ping(timeout) {
      try {
        await client.ping({ timeout });
      } catch (error) {
        if (!isAnswer(error)) throw error;
      }
    },
    close: () => client.close(),
  };
}

const NO_ANSWERS: ReadonlySet<number> = new Set([ErrorCode.RequestTimeout, ErrorCode.ConnectionClosed]);

/** Whether the server itself answered with this error. */
export function isAnswer(error: unknown): error is McpError {
  return error instanceof McpError && !NO_ANSWERS.has(error.code);
}
