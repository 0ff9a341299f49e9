import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { FaultDetails } from '../agent-process/mcp/fault.ts';
import type { ListedTool } from '../agent-process/mcp/list-tools.ts';
import type { McpSecrets } from '../agent-process/mcp/mcp-secrets.ts';
import type { ShownResult } from '../agent-process/mcp/to-shown-result.ts';
import type { TriedServer } from '../agent-process/mcp/try-server.ts';
import { toDigestOf } from '../audit/canonical-json.ts';
import type { AuditRecorder, ChangeRecorder } from '../audit/audit-log.ts';
import { toFactActor, toKeyDetails, type Fact } from '../audit/fact.ts';
import type { McpRevisions } from '../agent-process/mcp/mcp-revisions.ts';
import type { McpAuthorization } from '../definitions/mcp-authorization.ts';
import type { McpServerSpec } from '../definitions/mcp-server-spec.ts';
import { toMcpToolName } from '../definitions/mcp-tool-name.ts';
import type { Host, HostedProcess, Networking } from '../hosts/host.ts';
import type { Actor } from '../identity/actor.ts';
import { removeTree } from '../lib/remove-tree.ts';
import { describeCall } from '../permissions/describe-call.ts';
import type { PluginSet } from '../plugins/plugin-set.ts';
import { toPluginMcpServers } from '../plugins/to-plugin-mcp-servers.ts';
import { prepareSessionDirs, type SessionDirs } from '../workspaces/session-dirs.ts';

export interface ServerTrialsDeps {
  plugins: Pick<PluginSet, 'current'>;
  host: Pick<Host, 'start' | 'agentUser' | 'confines'>;
  secrets: McpSecrets;
  authorization: Required<McpAuthorization>;
  revisions: McpRevisions;
  audit: Pick<ChangeRecorder & AuditRecorder, 'during'>;
  /** PATH of the servers. */
  path: string;
  networking: Networking;
  maxRssBytes: number;
  /** Absolute; for the folders of their processes. What is in it is removed by `start`. */
  dir: string;
  /** Why the actor may not make this call, as a sentence; undefined where they may. */
  findRefusal(actor: Actor, call: { toolName: string; input: Readonly<Record<string, unknown>> }): string | undefined;
}

export interface TrialRequest {
  plugin: string;
  /** Name of an MCP server of the plugin. */
  server: string;
  /** Ends the test, such as when nobody waits for its answer. */
  signal: AbortSignal;
}

/** How a test went. Times are milliseconds. */
export type TrialOutcome<T> = {
  /** Until the server had answered its initialization, or failed. */
  connectMs: number;
  /** What the server did beside its answers, as sentences for people. */
  remarks: readonly string[];
} & ({ ok: true; value: T } | TrialFailure);

/** `problem` is a clause for people. */
export interface TrialFailure extends FaultDetails {
  ok: false;
  problem: string;
  needsSignIn: boolean;
}

export interface ListedServer {
  info: TriedServer['info'];
  instructions: string | undefined;
  tools: readonly ListedTool[];
  /** Why it is not all of them, as a clause. */
  problem: string | undefined;
}

/** `durationMs` is the call alone. */
export type ToolAnswer = ShownResult & { isError: boolean; durationMs: number };

const MAX_AT_ONCE = 4;
/** With the start of the server. A person waits for it, so it is shorter than an agent would wait. */
const MAX_TRIAL_MS = 120_000;
const WAIT_MS = 5000;

/**
 * Connects people with MCP servers of plugins, outside of any agent: the server of a process is started on the host under
 * the limits of a session's, in folders of its own, and ends with the request. One test of a person at a time.
 */
export class ServerTrials {
  readonly #deps: ServerTrialsDeps;
  /** By the user. */
  readonly #running = new Map<string, { working: Promise<unknown>; signal: AbortSignal }>();
  readonly #processes = new Set<HostedProcess>();
  readonly #closing = new AbortController();

  constructor(deps: ServerTrialsDeps) {
    this.#deps = deps;
  }

  /** Removes what a killed server has left. */
  async start(): Promise<void> {
    await removeTree(this.#deps.dir);
  }

  /** Of the processes that run. */
  listProcessIds(): string[] {
    return [...this.#processes].map(({ id }) => id);
  }

  /**
   * Connects to a server and lists its tools.
   * @throws CspError `not_found` for what no active plugin has, `state_conflict` while another test of the actor runs,
   * `overloaded` while too many tests run
   */
  async list(actor: Actor, request: TrialRequest): Promise<TrialOutcome<ListedServer>> {
    const server = this.#getServer(request);
    return this.#hold(actor, request, (signal) =>
      this.#try(actor, { server, signal }, async (tried) => {
        const { tools, problem } = await tried.listTools();
        return { info: tried.info, instructions: tried.instructions, tools, problem };
      }),
    );
  }

  /**
   * Runs a tool once, as the actor. It is in the audit log before it begins.
   * @throws CspError as `list`, and `permission_denied` where the policy does not let the actor make the call
   */
  async call(
    actor: Actor,
    { tool, input, ...request }: TrialRequest & { tool: string; input: Readonly<Record<string, unknown>> },
  ): Promise<TrialOutcome<ToolAnswer>> {
    const server = this.#getServer(request);
    const refusal = this.#deps.findRefusal(actor, {
      toolName: toMcpToolName({ server: server.name, tool }),
      input,
    });
    if (refusal !== undefined) throw new CspError('permission_denied', `You may not run ${tool}: ${refusal}`);
    const { toShownResult } = await import('../agent-process/mcp/to-shown-result.ts');
    return this.#hold(actor, request, async (signal) => {
      const call = describeCall(tool, input, { isMcp: true });
      const intent: Fact = {
        ...{ actor: toFactActor(actor), action: 'plugin.test', target: { type: 'plugin', id: request.plugin } },
        details: {
          ...{ server: server.name, tool, input_sha256: toDigestOf(input), ...toKeyDetails(actor) },
          ...(call !== undefined && { call }),
        },
      };
      const run = () =>
        this.#try(actor, { server, signal }, async (tried): Promise<ToolAnswer> => {
          const startedMs = performance.now();
          const result = await tried.call(tool, input);
          const durationMs = performance.now() - startedMs;
          return { ...toShownResult(result), isError: result.isError === true, durationMs };
        });
      return this.#deps.audit.during(intent, run, (outcome) => [
        { ...intent, outcome: toFactOutcome(outcome, signal) },
      ]);
    });
  }

  /** Ends every test. Idempotent; resolves when nothing of them is left. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The server is stopping'));
    await Promise.allSettled([...this.#running.values()].map(({ working }) => working));
  }

  #getServer({ plugin: name, server }: Pick<TrialRequest, 'plugin' | 'server'>): McpServerSpec {
    const plugin = this.#deps.plugins.current.find((each) => each.name === name);
    const servers = plugin === undefined ? [] : toPluginMcpServers([plugin], { nodePath: process.execPath });
    const found = servers.find((each) => each.name === server);
    if (found === undefined)
      throw new CspError('not_found', `There is no active plugin ${name} with an MCP server ${server}`);
    return found;
  }

  /** A place for one test, and the signal that ends it. */
  async #hold<T>(
    { userId }: Actor,
    { signal }: Pick<TrialRequest, 'signal'>,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const before = this.#running.get(userId);
    // Whoever stops one test may begin the next at once.
    if (before?.signal.aborted === true) await before.working.catch(() => undefined);
    if (this.#running.has(userId))
      throw new CspError('state_conflict', 'Another test of yours is running. Stop it, or wait for its end');
    if (this.#running.size >= MAX_AT_ONCE)
      throw new CspError('overloaded', `${MAX_AT_ONCE} tests are running. Try again when one has ended`, {
        retryAfterMs: WAIT_MS,
      });
    const timeUp = AbortSignal.timeout(MAX_TRIAL_MS);
    const limit = AbortSignal.any([signal, timeUp, this.#closing.signal]);
    const working = work(limit);
    this.#running.set(userId, { working, signal: limit });
    try {
      return await working;
    } finally {
      if (this.#running.get(userId)?.working === working) this.#running.delete(userId);
    }
  }

  async #try<T>(
    actor: Actor,
    { server, signal }: { server: McpServerSpec; signal: AbortSignal },
    use: (tried: TriedServer) => Promise<T>,
  ): Promise<TrialOutcome<T>> {
    const startedMs = performance.now();
    if ((server.transport === 'http' || server.transport === 'sse') && this.#deps.networking === 'limited')
      return {
        ok: false,
        needsSignIn: false,
        problem: 'the network of agents is limited here',
        connectMs: 0,
        remarks: [],
      };
    const [{ describeFailure, isUnauthorized, toDetails, tryServer }, { createLinkOpener }] = await Promise.all([
      import('../agent-process/mcp/try-server.ts'),
      import('../agent-process/mcp/open-link.ts'),
    ]);
    const id = `trial.${randomUUID()}`;
    const root = join(this.#deps.dir, id);
    let connectMs: number | undefined;
    let remarks: readonly string[] = [];
    try {
      const dirs = toDirs(root);
      await prepareSessionDirs(dirs, this.#deps.host.agentUser);
      const { secrets, authorization, revisions, path, maxRssBytes, networking } = this.#deps;
      const openLink = createLinkOpener(server, {
        ...{ host: this.#toOwnHost(), dirs, agentSessionId: id, path, maxRssBytes, secrets, authorization, revisions },
        networking: networking === 'limited' ? networking : undefined,
        user: () => ({ userId: actor.userId }),
      });
      const value = await tryServer({ openLink, revision: revisions.of(server), signal }, async (tried) => {
        connectMs = performance.now() - startedMs;
        try {
          return await use(tried);
        } finally {
          ({ remarks } = tried);
        }
      });
      return { ok: true, value, connectMs: connectMs ?? 0, remarks };
    } catch (error) {
      const problem = signal.aborted ? toStop(signal) : this.#deps.secrets.mask(describeFailure(error), id);
      return {
        ok: false,
        needsSignIn: isUnauthorized(error),
        problem,
        ...(!signal.aborted && toDetails(error)),
        connectMs: connectMs ?? performance.now() - startedMs,
        remarks,
      };
    } finally {
      await removeTree(root);
    }
  }

  /** The host, with processes that serve no agent and are known while they run. */
  #toOwnHost(): ServerTrialsDeps['host'] {
    const { host } = this.#deps;
    return {
      ...{ confines: host.confines, ...(host.agentUser && { agentUser: host.agentUser }) },
      start: ({ serves: _, ...request }) => {
        const started = host.start(request);
        this.#processes.add(started);
        const forget = () => void this.#processes.delete(started);
        started.once('exit', forget);
        started.once('error', forget);
        return started;
      },
    };
  }
}

function toDirs(root: string): SessionDirs {
  return {
    ...{ workspace: join(root, 'workspace'), home: join(root, 'home') },
    ...{ config: join(root, 'config'), tmp: join(root, 'tmp') },
  };
}

function toStop({ reason }: AbortSignal): string {
  const isTimeUp = reason instanceof Error && reason.name === 'TimeoutError';
  return isTimeUp ? `it took longer than ${MAX_TRIAL_MS / 1000} s and was stopped` : 'it was stopped';
}

function toFactOutcome(outcome: TrialOutcome<ToolAnswer>, { aborted }: AbortSignal): NonNullable<Fact['outcome']> {
  if (outcome.ok) return outcome.value.isError ? 'failure' : 'success';
  return aborted ? 'cancelled' : 'failure';
}
