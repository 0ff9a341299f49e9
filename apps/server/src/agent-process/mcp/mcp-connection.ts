import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';

import type { SignInNeededError } from '../../definitions/sign-in-needed.ts';
import { LostError, type McpLink, type OpenMcpLink } from './mcp-link.ts';
import { createInitializedClient, isAnswer } from './initialized-client.ts';
import type { McpClient, McpClientDeps, McpRequest } from './mcp-client.ts';
import { listTools, type ToolList } from './list-tools.ts';
import { isUnauthorized } from './mcp-problem.ts';
import type { Handshake, ServerRevision } from './mcp-revisions.ts';
import type { ReadBudget } from './read-budget.ts';

export interface McpConnectionOptions extends Omit<McpClientDeps, 'onClosed'> {
  openLink: OpenMcpLink;
  /** What the server speaks, as far as it is known. */
  revision: ServerRevision;
  /** Of the server; the connections to it share it. */
  budget: ReadBudget;
  /**
   * The connection has ended for a reason of the server: a `FloodError` when it sent too much for too long, a `LostError`
   * when it has gone or does not answer. It is closed, and its requests reject with the error.
   */
  onEnded(connection: McpConnection, error: Error): void;
  /** The server did something that is against the protocol and was ignored; a clause for people. */
  onOddity(text: string): void;
  /** The server refuses the connection, or a request, until somebody signs in. */
  onSignInNeeded?(error: SignInNeededError): void;
  times?: LivenessTimes | undefined;
}

/** How it is noticed that a server does not answer any more, in milliseconds. */
export interface LivenessTimes {
  /** While a call runs, a remote server is asked this often whether it is still there; a process at any time. */
  pingIntervalMs: number;
  /** For the answer of a remote server. */
  pingTimeoutMs: number;
  /** For the answer of a process: many do nothing else while a tool of theirs works. */
  processTimeoutMs: number;
  /** For the answer of a process of which a call was stopped. */
  stopTimeoutMs: number;
}

const LIVENESS: LivenessTimes = {
  pingIntervalMs: 15_000,
  pingTimeoutMs: 10_000,
  processTimeoutMs: 180_000,
  stopTimeoutMs: 10_000,
};

/** Also a server that starts slowly is waited for; the agent works without it meanwhile. */
const CONNECT_TIMEOUT_MS = 60_000;
/** For a server that does not answer what it does not know. */
const DISCOVER_TIMEOUT_MS = 10_000;
/** Longer than any call: calls are ended by people, by the end of the turn and by unanswered pings. */
const CALL_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** What servers of HTTP answer to a request that they do not know. */
const NOT_KNOWN: ReadonlySet<number | undefined> = new Set([400, 404, 405]);

/**
 * One connection to an MCP server. When it is lost, a new one is made.
 */
export class McpConnection {
  readonly #client: McpClient;
  readonly #link: McpLink;
  readonly #times: LivenessTimes;
  readonly #options: McpConnectionOptions;
  /** Aborts with the reason of the server. */
  readonly #ended = new AbortController();
  #watch: NodeJS.Timeout | undefined;
  #pending = 0;
  #isRetired = false;
  #isClosed = false;

  private constructor(
    options: McpConnectionOptions,
    createClient: (deps: McpClientDeps) => McpClient,
    openLink: (end: (error: Error) => void) => McpLink,
  ) {
    this.#options = options;
    this.#times = options.times ?? LIVENESS;
    this.#link = openLink((error) => this.#end(error));
    this.#client = createClient({
      onQuestion: (params, signal) => options.onQuestion(params, signal),
      onToolsChanged: () => options.onToolsChanged(),
      onPageDone: (elicitationId) => options.onPageDone(elicitationId),
      // The SDK closes by itself what it could not connect; then nothing is lost.
      onClosed: () => this.#link.lost && this.#end(this.#link.lost),
      showsApps: options.showsApps,
    });
  }

  /**
   * Speaks the revision that the server speaks. Rejects when the server cannot be reached, refuses, or answers no MCP, and
   * when the signal aborts.
   */
  static async open(options: McpConnectionOptions, signal: AbortSignal): Promise<McpConnection> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
    limit.throwIfAborted();
    const { revision } = options;
    const [first, second] = revision.order;
    const begin = async (handshake: Handshake, timeout: number) => {
      const connection = await McpConnection.#begin(options, handshake, { signal: limit, timeout });
      revision.note(handshake);
      return connection;
    };
    try {
      return await begin(first, first === 'discover' ? DISCOVER_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
    } catch (error) {
      if (second === undefined || limit.aborted || !maySpeakOther(first, error)) throw error;
      try {
        return await begin(second, CONNECT_TIMEOUT_MS);
      } catch (other) {
        limit.throwIfAborted();
        throw first === 'initialize' ? error : other;
      }
    }
  }

  static async #begin(
    options: McpConnectionOptions,
    handshake: Handshake,
    { signal: limit, timeout }: { signal: AbortSignal; timeout: number },
  ): Promise<McpConnection> {
    let onFlood: (error: Error) => void = () => undefined;
    const { budget, onOddity } = options;
    const createClient =
      handshake === 'initialize'
        ? createInitializedClient
        : (await import('./stateless-client.ts')).createStatelessClient;
    const link = await options.openLink(
      {
        ...{ budget, onOddity, handshake, onFlood: (error: Error) => onFlood(error) },
        onSignInNeeded: (error) => options.onSignInNeeded?.(error),
      },
      limit,
    );
    const connection = new McpConnection(options, createClient, (end) => {
      onFlood = end;
      return link;
    });
    // The SDK sends its last message of this without a signal or a timeout (1.32.2).
    const giveUp = () => void connection.close();
    limit.addEventListener('abort', giveUp, { once: true });
    try {
      limit.throwIfAborted();
      await connection.#client.connect(link, { timeout, signal: limit });
      connection.#watchProcess();
      return connection;
    } catch (error) {
      await connection.close();
      const ended = connection.#ended.signal;
      throw ended.aborted ? ended.reason : limit.aborted ? limit.reason : error;
    } finally {
      limit.removeEventListener('abort', giveUp);
    }
  }

  /** Name and version, as the server tells them. */
  get info(): { name: string; version: string } | undefined {
    return this.#client.info;
  }

  get instructions(): string | undefined {
    return this.#client.instructions;
  }

  /** See `listTools`. */
  listTools(signal: AbortSignal): Promise<ToolList> {
    return listTools(this.#client, signal);
  }

  has(capability: 'tools' | 'prompts' | 'resources'): boolean {
    return this.#client.has(capability);
  }

  /** Throws the error for which it has ended, if it has. */
  throwIfEnded(): void {
    this.#ended.signal.throwIfAborted();
  }

  /** Sends any other request and answers as the server does. Rejects when the server stops answering meanwhile. */
  async request(
    request: McpRequest,
    options: { signal: AbortSignal; onprogress?: (progress: Progress) => void },
  ): Promise<Record<string, unknown>> {
    const unanswered = new AbortController();
    this.#pending += 1;
    const ping = this.#link.isProcess ? undefined : this.#pingOften((error) => unanswered.abort(error));
    const ended = AbortSignal.any([this.#ended.signal, unanswered.signal]);
    const signal = AbortSignal.any([options.signal, ended]);
    try {
      return await this.#client.request(request, { ...options, signal, timeout: CALL_TIMEOUT_MS });
    } catch (error) {
      if (options.signal.aborted) this.#endUnlessStopped();
      throw ended.aborted ? ended.reason : error;
    } finally {
      clearInterval(ping);
      this.#pending -= 1;
      if (this.#isRetired && this.#pending === 0) await this.close();
    }
  }

  /** Closes as soon as no request runs over it. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#pending === 0) await this.close();
  }

  /** Resolves when nothing of the connection is left, the server's process included. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    await this.#client.close();
    await this.#link.close();
  }

  /** A process that answers nothing for long is ended: it works on nothing that anybody waits for, or it hangs. */
  #watchProcess(): void {
    if (!this.#link.isProcess || this.#isClosed) return;
    const { processTimeoutMs } = this.#times;
    this.#watch = this.#pingOften(
      () => this.#end(new LostError('it did not answer any more')),
      processTimeoutMs,
    ).unref();
  }

  #pingOften(onUnanswered: (error: unknown) => void, timeout = this.#times.pingTimeoutMs): NodeJS.Timeout {
    return setInterval(() => {
      this.#client.ping(timeout).catch(onUnanswered);
    }, this.#times.pingIntervalMs);
  }

  /** A process that has heard that a call is stopped can answer; one that works on cannot, and is ended. */
  #endUnlessStopped(): void {
    if (!this.#link.isProcess || this.#isClosed) return;
    const error = new LostError('it went on with a call that was stopped');
    this.#client.ping(this.#times.stopTimeoutMs).catch(() => this.#end(error));
  }

  #end(error: Error): void {
    if (this.#ended.signal.aborted || this.#isClosed) return;
    this.#ended.abort(error);
    this.#options.onEnded(this, error);
    void this.close();
  }
}

/** Whether a server that fails so may speak with one that begins otherwise. */
function maySpeakOther(tried: Handshake, error: unknown): boolean {
  if (tried === 'discover') return !isUnauthorized(error);
  return isAnswer(error) || (error instanceof StreamableHTTPError && NOT_KNOWN.has(error.code));
}
