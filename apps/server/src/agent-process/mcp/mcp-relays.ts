import { setImmediate, setTimeout as delay } from 'node:timers/promises';

import type { McpServerConfig } from '@anthropic-ai/claude-agent-sdk';

import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import { createLargeResults, type ShownContent } from './large-results.ts';
import type { McpRelayOptions } from './mcp-relay.ts';
import type { McpNotice } from './mcp-notices.ts';
import { needsSecrets } from './mcp-secrets.ts';
import type { McpUse } from './mcp-use.ts';
import type { LinkDeps } from './open-link.ts';

/** The relays of one process, one for each of its MCP servers. */
export interface McpRelays {
  /** For the SDK: the CLI talks to the relays, by way of its standard streams. */
  readonly servers: Record<string, McpServerConfig>;
  /** The current notices about the servers, for clients that attach later. */
  readonly facts: McpNotice[];
  /** A server that needs secrets is started when it is known for whom, and its tools come then. */
  start(): void;
  /** Tries again at once to reach the servers that could not be reached. */
  retry(): void;
  /**
   * A session has the process. Undefined when all servers run already; otherwise resolves when the CLI has the tools of the
   * others, or after a second, so that the first message comes after them.
   */
  noteUser(): Promise<void> | undefined;
  /** The whole content of a result that the CLI has replaced by the name of a file; only once. */
  takeWholeResult(toolUseId: string): ShownContent | undefined;
  /** The name that a server itself gives a tool; undefined until the server has listed it. */
  findOriginal(cliName: string): string | undefined;
  /** Ends every wait, so that no server delays the end of the turn. A relay that fails is ignored. Idempotent. */
  close(): Promise<void>;
}

type McpSdkServer = Extract<McpServerConfig, { instance: unknown }>['instance'];

/** The longest that the first message waits for servers that were started when the session took the process. */
const MOST_WAIT_MS = 1500;

/** Of a process without MCP servers. */
export const NO_RELAYS: McpRelays = {
  servers: {},
  facts: [],
  start: () => undefined,
  retry: () => undefined,
  noteUser: () => undefined,
  takeWholeResult: () => undefined,
  findOriginal: () => undefined,
  close: () => Promise.resolve(),
};

export interface McpRelaysOptions extends Omit<McpRelayOptions, 'name' | 'openLink' | 'use' | 'largeResults'> {
  links: LinkDeps;
  useOf(server: McpServerSpec): McpUse;
}

/** Loads the MCP SDK only for a process that has MCP servers: it is a tenth of what the server would load at its start. */
export async function createMcpRelays(
  servers: readonly McpServerSpec[],
  { links, refusal, useOf, ...options }: McpRelaysOptions,
): Promise<McpRelays> {
  if (servers.length === 0) return NO_RELAYS;
  const [{ McpRelay }, { createLinkOpener }] = await Promise.all([import('./mcp-relay.ts'), import('./open-link.ts')]);
  const largeResults = createLargeResults();
  const relays = servers.map((server) => {
    const { name } = server;
    const openLink = createLinkOpener(server, links);
    // A server that is a process has the agent's own network limit, and one in this server is trusted.
    const own = server.transport === 'http' || server.transport === 'sse' ? refusal : undefined;
    const ofServer = { name, openLink, refusal: own, use: useOf(server) };
    const waits = needsSecrets(server);
    return { name, waits, relay: new McpRelay({ ...options, ...ofServer, largeResults }) };
  });
  return {
    servers: Object.fromEntries(
      relays.map(({ name: original, relay }) => {
        const name = toMcpServerName(original);
        // The SDK only connects and closes it, which the low-level server has as well.
        const instance = relay.server as unknown as McpSdkServer;
        return [name, { type: 'sdk', name, instance }];
      }),
    ),
    get facts() {
      return relays.flatMap(({ relay }) => relay.facts);
    },
    start() {
      for (const { relay, waits } of relays) {
        if (waits && links.user() === undefined) relay.answerWithoutServer();
        else relay.start();
      }
    },
    noteUser() {
      const waiting = relays.filter(({ waits }) => waits);
      if (waiting.length === 0) return undefined;
      for (const { relay } of waiting) relay.start();
      const told = Promise.all(waiting.map(({ relay }) => relay.told));
      // The CLI gets the answer with the tools first.
      return Promise.race([told, delay(MOST_WAIT_MS, undefined, { ref: false })]).then(() => setImmediate());
    },
    retry() {
      for (const { relay } of relays) relay.retry();
    },
    takeWholeResult: (toolUseId) => largeResults.take(toolUseId),
    findOriginal: (cliName) =>
      relays.map(({ relay }) => relay.findOriginal(cliName)).find((name) => name !== undefined),
    async close() {
      await Promise.allSettled(relays.map(({ relay }) => relay.close()));
    },
  };
}
