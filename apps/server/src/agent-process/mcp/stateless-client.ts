import { setTimeout as delay } from 'node:timers/promises';

import { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

import { isAnswer } from './initialized-client.ts';
import { mapLink } from './map-link.ts';
import { createMarkedTools, hasValidMarks, setToolsAside, takeTools } from './marked-tools.ts';
import {
  CLIENT,
  STATELESS_REVISION,
  toCapabilities,
  type McpClient,
  type McpClientDeps,
  type McpRequest,
} from './mcp-client.ts';
import { createOpenedPages } from './opened-pages.ts';
import { toCommonError } from './to-common-error.ts';

/** A call in which the server asks more often fails. */
const MAX_ROUNDS = 30;
const MIN_LISTEN_PAUSE_MS = 1000;
const MAX_LISTEN_PAUSE_MS = 60_000;

const anything = z.looseObject({});

/**
 * A client of revision 2026-07-28. Each request stands for itself; the server asks people by answering a call with
 * questions, after which the SDK (`@modelcontextprotocol/client` 2.4.0) makes the call again with the answers.
 */
export function createStatelessClient(deps: McpClientDeps): McpClient {
  const client = new Client(CLIENT, {
    capabilities: toCapabilities(deps.showsApps),
    versionNegotiation: { mode: { pin: STATELESS_REVISION } },
    inputRequired: { maxRounds: MAX_ROUNDS },
  });
  const pages = createOpenedPages();
  const closed = new AbortController();
  const marked = createMarkedTools();
  let sendsHeaders = true;
  let calls = 0;

  Object.assign(client, {
    onclose() {
      closed.abort();
      deps.onClosed();
    },
  });
  client.setRequestHandler('elicitation/create', ({ params }, { mcpReq }) => {
    return pages.ask(params, mcpReq.signal, () => deps.onQuestion(params, mcpReq.signal));
  });
  client.setNotificationHandler('notifications/tools/list_changed', () => deps.onToolsChanged());

  /** Hears of changed tools. The stream may end at any time; what changed meanwhile is read again. */
  const listen = async (): Promise<void> => {
    for (let pauseMs = MIN_LISTEN_PAUSE_MS; !closed.signal.aborted;) {
      try {
        const subscription = await client.listen({ toolsListChanged: true }, { signal: closed.signal });
        if (pauseMs > MIN_LISTEN_PAUSE_MS) deps.onToolsChanged();
        if ((await subscription.closed) === 'local') return;
      } catch (error) {
        // A server that refuses has no changes to tell.
        if (isAnswer(toCommonError(error))) return;
      }
      await delay(pauseMs, undefined, { signal: closed.signal, ref: false }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, MAX_LISTEN_PAUSE_MS);
    }
  };

  const send = async (request: McpRequest, options: Parameters<McpClient['request']>[1]) => {
    const tool = request.method === 'tools/call' ? marked.find(request.params?.['name']) : undefined;
    if (tool === undefined) return client.request(request, anything, options);
    const params = { ...request.params, name: tool.name };
    return client.callTool(params, { ...options, toolDefinition: tool });
  };

  return {
    async connect(link, options) {
      sendsHeaders = !link.isProcess;
      try {
        await client.connect(mapLink(link, setToolsAside).transport, options);
      } catch (error) {
        throw toCommonError(error);
      }
      if (client.getServerCapabilities()?.tools?.listChanged === true) void listen();
    },
    get info() {
      const { name, version } = client.getServerVersion() ?? {};
      return name === undefined || version === undefined ? undefined : { name, version };
    },
    get instructions() {
      return client.getInstructions();
    },
    allows: ({ inputSchema }) => !sendsHeaders || hasValidMarks(inputSchema),
    has: (capability) => client.getServerCapabilities()?.[capability] !== undefined,
    async request(request, options) {
      calls += 1;
      try {
        const answer = takeTools(await send(request, options));
        if (request.method === 'tools/list') marked.note(answer, request.params?.['cursor'] === undefined);
        return answer;
      } catch (error) {
        throw toCommonError(error);
      } finally {
        calls -= 1;
        if (calls === 0) pages.forget();
      }
    },
    async ping(timeout) {
      try {
        await client.discover({ timeout });
      } catch (error) {
        const common = toCommonError(error);
        if (!isAnswer(common)) throw common;
      }
    },
    async close() {
      closed.abort();
      await client.close();
    },
  };
}
