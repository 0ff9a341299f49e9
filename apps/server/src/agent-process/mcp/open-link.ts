import { findArgumentProblem } from '@claude-sdk-pattern/protocol/server-rules';
import type { SpanContext } from '@opentelemetry/api';

import type { McpAuthorization } from '../../definitions/mcp-authorization.ts';
import type {
  InProcessMcpServer,
  McpServerSpec,
  RemoteMcpServer,
  StdioMcpServer,
} from '../../definitions/mcp-server-spec.ts';
import { toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import type { SignInNeededError } from '../../definitions/sign-in-needed.ts';
import { findStartFault } from '../../hosts/find-start-fault.ts';
import type { Host, Networking } from '../../hosts/host.ts';
import { prepareDataDir, prepareServerDirs, type SessionDirs } from '../../workspaces/session-dirs.ts';
import { FaultError } from './fault.ts';
import { createHttpLink, createSseLink } from './http-links.ts';
import { createInProcessLink } from './in-process-link.ts';
import type { McpLink, McpLinkOptions, OpenMcpLink } from './mcp-link.ts';
import { mapLink } from './map-link.ts';
import type { McpRevisions } from './mcp-revisions.ts';
import { needsSecrets, type McpSecrets } from './mcp-secrets.ts';
import { createStdioLink } from './stdio-link.ts';

export interface LinkDeps {
  host: Pick<Host, 'start' | 'agentUser' | 'confines'>;
  /** Of the session that the servers work for. */
  dirs: SessionDirs;
  agentSessionId: string;
  networking: Networking | undefined;
  /** PATH of the servers. */
  path: string;
  /** Limit for the memory of one server with its descendants. */
  maxRssBytes: number;
  secrets: McpSecrets;
  authorization: Required<McpAuthorization>;
  /** What servers speak, as far as it is known. */
  revisions: McpRevisions;
  /** What a request to a server outside is a part of. */
  trace?(): SpanContext | undefined;
  /** The owner, the agent and the vaults of the session; undefined while no session has the process. */
  user(): { userId: string; agentId?: string; vaultIds?: readonly string[] } | undefined;
}

/** How one server is reached, by its transport. */
export function createLinkOpener(server: McpServerSpec, deps: LinkDeps): OpenMcpLink {
  const open: OpenMcpLink = (options, signal) => {
    if (server.transport === 'stdio') return openStdio(server, deps, { ...options, signal });
    return server.transport === 'in_process' ? openInProcess(server, deps) : openRemote(server, deps, options);
  };
  const isRemote = server.transport === 'http' || server.transport === 'sse';
  if (!isRemote && !needsSecrets(server)) return open;
  return async (options, signal) =>
    mapLink(await open(options, signal), (value) => deps.secrets.mask(value, deps.agentSessionId));
}

async function openRemote(server: RemoteMcpServer, deps: LinkDeps, options: McpLinkOptions): Promise<McpLink> {
  const headers = await fillIn(server, deps, server.headers ?? {});
  const { url = server.url } = await fillIn(server, deps, { url: server.url });
  const { name, plugin } = server;
  const named = { name, url, ...(plugin !== undefined && { plugin }) };
  const toContext = () => ({ agentSessionId: deps.agentSessionId, ...deps.user() });
  const target = {
    ...{ url, headers },
    trace: () => deps.trace?.(),
    authorization: {
      find: () => deps.authorization.find(named, toContext()),
      noteRefusal: (challenge?: string) => deps.authorization.noteRefusal(named, toContext(), challenge),
      needed: { serverName: name, serverUrl: server.url, plugin: plugin ?? null },
      onSignInNeeded: (error: SignInNeededError) => options.onSignInNeeded?.(error),
    },
  };
  if (server.transport === 'sse') return createSseLink(target, options);
  if (options.handshake !== 'discover') return createHttpLink(target, options);
  const { createStatelessHttpLink } = await import('./stateless-http-link.ts');
  return createStatelessHttpLink(target, options);
}

async function openInProcess(server: InProcessMcpServer, deps: LinkDeps): Promise<McpLink> {
  return await createInProcessLink(await fillIn(server, deps, server.env), deps.dirs.workspace);
}

async function openStdio(
  server: StdioMcpServer,
  deps: LinkDeps,
  { signal, ...options }: McpLinkOptions & { signal: AbortSignal },
): Promise<McpLink> {
  const { host, dirs, agentSessionId, networking, secrets } = deps;
  const maxRssBytes = Math.min(deps.maxRssBytes, server.maxRssBytes ?? Infinity);
  assertNoSecret([server.command, ...server.args]);
  const name = toMcpServerName(server.name);
  const env = await fillIn(server, deps, server.env);
  const { home, tmp } = await prepareServerDirs(dirs, name, host.agentUser);
  if (server.dataDir !== undefined) await prepareDataDir(server.dataDir, host.agentUser);
  signal.throwIfAborted();
  return createStdioLink(
    {
      start: (onStderr) =>
        host.start({
          label: `${agentSessionId}.${name}`,
          serves: agentSessionId,
          command: server.command,
          args: server.args,
          cwd: server.cwd ?? dirs.workspace,
          env: {
            ...{ PATH: deps.path, LANG: 'C.UTF-8', HOME: home },
            // A sandbox has a /tmp of its own, whose paths are short enough for the sockets of browsers.
            ...(!host.confines && { TMPDIR: tmp }),
            ...env,
          },
          writableDirs: [dirs.workspace, home, tmp, ...(server.dataDir === undefined ? [] : [server.dataDir])],
          readableDirs: server.readableDirs,
          // Else a plugin could have any folder of the server's shown to it.
          showsCommand: server.plugin === undefined,
          networking,
          reachableHosts: server.reachableHosts,
          callsModel: false,
          maxRssBytes,
          onStderr,
        }),
      mask: (text) => secrets.mask(text, agentSessionId),
      maxRssBytes,
      findStartFault: ({ code, error }, stderr) =>
        findStartFault({
          ...{ command: server.command, path: env['PATH'] ?? deps.path, cwd: server.cwd ?? dirs.workspace },
          ...{ readableDirs: server.readableDirs, confines: host.confines, code, error, stderr },
        }),
    },
    options,
  );
}

/** A plugin may name one there, in its manifest or by an option. */
function assertNoSecret(commandLine: readonly string[]): void {
  if (commandLine.every((word) => findArgumentProblem(word) === undefined)) return;
  throw new FaultError('its command line names a secret, which process lists would show, so it was not started', {
    remedy: 'Put the secret into a variable of its environment, and have the program read it from there',
  });
}

function fillIn(
  { plugin, agentSecrets }: McpServerSpec,
  { secrets, user, agentSessionId }: LinkDeps,
  values: Record<string, string>,
): Promise<Record<string, string>> {
  const { userId, agentId } = user() ?? {};
  return secrets.resolve(values, {
    sessionId: agentSessionId,
    ...(plugin !== undefined && { plugin }),
    ...(agentSecrets && { agentSecrets }),
    ...(userId !== undefined && { userId }),
    ...(agentId !== undefined && { agentId }),
  });
}
