import { setImmediate, setTimeout as delay } from 'node:timers/promises';

import type { McpServerConfig } from '@anthropic-ai/claude-agent-sdk';

import type { McpServerSpec } from '../../definitions/mcp-server-spec.ts';
import { CUSTOM_SERVER } from '../../definitions/custom-tools.ts';
import { toMcpServerIdentity } from '../../definitions/mcp-server-identity.ts';
import { parseMcpToolName, toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import type { AppCalls } from './app-calls.ts';
import type { CustomToolsServerOptions } from './custom-tools-server.ts';
import { createKeptResults, type KeptResult } from './kept-results.ts';
import type { McpRelayOptions } from './mcp-relay-options.ts';
import type { RelayStatus } from './relay-status.ts';
import type { McpNotice } from './mcp-notices.ts';
import { needsSecrets } from './mcp-secrets.ts';
import type { McpUse } from './mcp-use.ts';
import type { LinkDeps } from './open-link.ts';
import type { McpPrompt, RelayPrompts } from './relay-prompts.ts';
import type { OfferedTools } from './tool-search.ts';

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
  /** What people see of a result and the CLI does not tell; only once. */
  takeKeptResult(toolUseId: string): KeptResult | undefined;
  /** The name that a server itself gives a tool; undefined until the server has listed it. */
  findOriginal(cliName: string): string | undefined;
  /** How each server is, by its name in the agent's definition. */
  readonly statuses: readonly NamedStatus[];
  /** Connects to a server anew; false where there is none of this name. */
  reconnect(name: string): boolean;
  /** What the apps of a server may have it do; undefined where there is none of this name. */
  findAppCalls(name: string): AppCalls | undefined;
  /** The prompts of all servers that answer, by the server's name in the agent's definition. */
  listPrompts(): Promise<ServerPrompts[]>;
  /** The prompts of the server that such a command names; undefined where it names none. */
  findPrompts(command: string): RelayPrompts | undefined;
  /** Ends every wait, so that no server delays the end of the turn. A relay that fails is ignored. Idempotent. */
  close(): Promise<void>;
}

export interface ServerPrompts {
  server: string;
  prompts: readonly McpPrompt[];
}

export interface NamedStatus {
  name: string;
  status: RelayStatus;
}

type McpSdkServer = Extract<McpServerConfig, { instance: unknown }>['instance'];

/** The longest that the first message waits for servers that were started when the session took the process. */
const MOST_WAIT_MS = 1500;

/** Of a process without MCP servers. */
export const NO_RELAYS: McpRelays = {
  servers: {},
  facts: [],
  statuses: [],
  reconnect: () => false,
  findAppCalls: () => undefined,
  listPrompts: () => Promise.resolve([]),
  findPrompts: () => undefined,
  start: () => undefined,
  retry: () => undefined,
  noteUser: () => undefined,
  takeKeptResult: () => undefined,
  findOriginal: () => undefined,
  close: () => Promise.resolve(),
};

export interface McpRelaysOptions extends Omit<
  McpRelayOptions,
  'name' | 'identity' | 'openLink' | 'revision' | 'use' | 'keptResults' | 'onOffered'
> {
  links: LinkDeps;
  /** Tools that programs of the client run. */
  custom: CustomToolsServerOptions;
  useOf(server: McpServerSpec): McpUse;
  /** A server, by its name in the agent's definition, has listed its tools; called before the CLI hears of them. */
  onOffered(server: string, offered: OfferedTools): void;
}

/** Loads the MCP SDK only for a process that has MCP servers: it is a tenth of what the server would load at its start. */
export async function createMcpRelays(
  servers: readonly McpServerSpec[],
  { links, custom, refusal, useOf, onOffered, ...options }: McpRelaysOptions,
): Promise<McpRelays> {
  const own = await createOwnServers(custom);
  if (servers.length === 0) return { ...NO_RELAYS, servers: own };
  const [{ McpRelay }, { createLinkOpener }] = await Promise.all([import('./mcp-relay.ts'), import('./open-link.ts')]);
  const keptResults = createKeptResults();
  const relays = servers.map((server) => {
    const { name } = server;
    const openLink = createLinkOpener(server, links);
    // A server that is a process has the agent's own network limit, and one in this server is trusted.
    const refused = server.transport === 'http' || server.transport === 'sse' ? refusal : undefined;
    const ofServer = {
      ...{
        identity: toMcpServerIdentity(server),
        name,
        openLink,
        revision: links.revisions.of(server),
        refusal: refused,
        use: useOf(server),
      },
      onOffered: (offered: OfferedTools) => onOffered(name, offered),
    };
    const waits = needsSecrets(server);
    return { name, waits, relay: new McpRelay({ ...options, ...ofServer, keptResults }) };
  });
  return {
    servers: {
      ...own,
      ...Object.fromEntries(
        relays.map(({ name: original, relay }) => {
          const name = toMcpServerName(original);
          return [name, toSdkServer(name, relay.server)];
        }),
      ),
    },
    get facts() {
      return relays.flatMap(({ relay }) => relay.facts);
    },
    get statuses() {
      return relays.map(({ name, relay }) => ({ name, status: relay.status }));
    },
    reconnect(name) {
      const found = relays.find((each) => each.name === name);
      found?.relay.reconnect();
      return found !== undefined;
    },
    async listPrompts() {
      const all = relays.map(({ name, relay }) => relay.prompts.list().then((prompts) => ({ server: name, prompts })));
      const settled = await Promise.allSettled(all);
      return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    },
    findPrompts(command) {
      const { serverName } = parseMcpToolName(command) ?? {};
      return relays.find(({ name }) => toMcpServerName(name) === serverName)?.relay.prompts;
    },
    findAppCalls: (name) => relays.find((each) => each.name === name)?.relay.appCalls,
    start() {
      for (const { relay, waits } of relays) {
        if (waits && links.user() === undefined) relay.answerWithoutServer();
        else relay.start();
      }
    },
    noteUser() {
      for (const { relay } of relays) relay.noteUser();
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
    takeKeptResult: (toolUseId) => keptResults.take(toolUseId),
    findOriginal: (cliName) =>
      relays.map(({ relay }) => relay.findOriginal(cliName)).find((name) => name !== undefined),
    async close() {
      await Promise.allSettled(relays.map(({ relay }) => relay.close()));
    },
  };
}

/** The server of the custom tools, if there are some. */
async function createOwnServers(custom: CustomToolsServerOptions): Promise<McpRelays['servers']> {
  if (custom.tools.length === 0) return {};
  const { createCustomToolsServer } = await import('./custom-tools-server.ts');
  return { [CUSTOM_SERVER]: toSdkServer(CUSTOM_SERVER, createCustomToolsServer(custom)) };
}

/** The SDK only connects and closes it, which the low-level server has as well. */
function toSdkServer(name: string, server: unknown): McpServerConfig {
  return { type: 'sdk', name, instance: server as McpSdkServer };
}
