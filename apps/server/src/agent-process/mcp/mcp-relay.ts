import { setTimeout as delay } from 'node:timers/promises';

import type { Server } from '@modelcontextprotocol/sdk/server/index.js';

import { RESOURCE_TOOL, toMcpServerName } from '../../definitions/mcp-tool-name.ts';
import type { SignInNeededError } from '../../definitions/sign-in-needed.ts';
import { createAppCalls, type AppCalls } from './app-calls.ts';
import type { ListedTool, ToolList } from './list-tools.ts';
import { McpConnection } from './mcp-connection.ts';
import { createMcpApps, type McpApps } from './mcp-apps.ts';
import { createMcpNotices, describeMissing, isReadable, type McpNotice, type McpNotices } from './mcp-notices.ts';
import { isForgotten, isUnauthorized, toDetails, toProblem } from './mcp-problem.ts';
import type { McpRelayOptions } from './mcp-relay-options.ts';
import { UNKNOWN_REVISION } from './mcp-revisions.ts';
import { NO_USE, type McpUse } from './mcp-use.ts';
import { createReadBudget, FloodError, type ReadBudget } from './read-budget.ts';
import { createMcpQuestions, type McpQuestions } from './mcp-questions.ts';
import { createRelayedTools, type RelayedTools } from './relayed-tools.ts';
import { createRelayPrompts, type RelayPrompts } from './relay-prompts.ts';
import { createRequiredPages, type RequiredPages } from './required-pages.ts';
import { createRelayCalls } from './relay-calls.ts';
import { createRelayServer } from './relay-server.ts';
import { toRelayStatus, type RelayState, type RelayStatus } from './relay-status.ts';
import { createRetryPauses, MIN_RETRY_MS, type RetryPauses } from './retry-pauses.ts';
import { createToolRereads, type ToolRereads } from './tool-rereads.ts';

/**
 * The longest that the CLI waits for an answer about a server. Their tools may come later. It counts from the CLI's own
 * question: on a busy machine the CLI starts as slowly as the servers do, and they have that time too.
 */
const FIRST_ANSWER_MS = 1200;
/** People hear of a server that is only slow when its tools are missing for so much longer. */
const SLOW_NOTICE_MS = 2000;
/** A connection that has lasted so long is no reason to wait longer with the next one. */
const SETTLED_MS = 60_000;
/** A call waits so long for a server that was lost, which most find again after the first pause. */
const RETURN_WAIT_MS = 5000;
/** How often an incomplete list is read again. */
const MAX_REREADS = 3;
const PAGE_PAUSE_MS = 1000;

/**
 * Connects an agent process with one MCP server. The process gets `server`, which answers at once, whatever the real
 * server does. The relay names the tools (`toMcpToolName`), tries again until the server answers, and tells people
 * what is missing. The CLI alone waits up to 30 s without a word and never tries again (2.1.330).
 * Over 300 lines: connecting and reading share the state of one connection.
 */
export class McpRelay {
  /** For the CLI's side. */
  readonly server: Server;
  /** For the apps of the server. */
  readonly appCalls: AppCalls;
  /** For people. */
  readonly prompts: RelayPrompts;
  readonly #options: McpRelayOptions;
  readonly #budget: ReadBudget;
  readonly #abort = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #told = Promise.withResolvers<void>();
  #state: RelayState = { name: 'new' };
  readonly #tools: RelayedTools;
  #running: Promise<void> = Promise.resolve();
  /** Ends the wait for its first answer, and then the time before people hear that there is none. */
  #timer: NodeJS.Timeout | undefined;
  /** The CLI has asked. */
  #isAsked = false;
  #isMissed = false;
  readonly #notices: McpNotices;
  readonly #questions: McpQuestions;
  readonly #pages: RequiredPages;
  readonly #rereads: ToolRereads;
  #replacing: Promise<void> | undefined;
  readonly #pauses: RetryPauses = createRetryPauses(this.#abort.signal);
  /** Resolves with the next connection. */
  #connecting = Promise.withResolvers<void>();
  readonly #use: McpUse;
  readonly #apps: McpApps | undefined;
  #isOddityTold = false;
  /** The sign-in that people were last told to make, until somebody has made it. */
  #needed: SignInNeededError | undefined;
  /** Whether the last try, or the last call, failed for it. */
  #isNeeded = false;
  /** Somebody wants it tried again while a try runs that may fail. */
  #isRetryWanted = false;

  constructor(options: McpRelayOptions) {
    this.#options = options;
    this.#budget = options.budget ?? createReadBudget();
    this.#use = options.use ?? NO_USE;
    this.#notices = createMcpNotices(options.name, options.onNotice);
    this.#tools = createRelayedTools(options.name, (cliName) => options.isOffered?.(cliName) ?? true);
    this.#rereads = createToolRereads({
      connection: () => this.#connection,
      signal: this.#abort.signal,
      take: (list) => this.#take(list),
      onFailed: (problem) =>
        this.#notices.tellProblem(`The tools of the MCP server ${this.#name} could not be read again: ${problem}.`),
    });
    this.#questions = createMcpQuestions({
      ...{ name: options.name, notices: this.#notices, signal: this.#abort.signal },
      elicit: (asked, signal) => options.elicit(asked, signal),
    });
    this.#pages = createRequiredPages({
      name: options.name,
      minPauseMs: options.pagePauseMs ?? PAGE_PAUSE_MS,
      ask: (page, signal) => this.#questions.ask(page, signal),
    });
    this.#apps =
      options.keepApp &&
      createMcpApps({
        server: options.name,
        serverIdentity: options.identity,
        keep: options.keepApp,
        read: (uri, signal) => this.#request({ method: 'resources/read', params: { uri } }, { signal }),
      });
    this.prompts = createRelayPrompts({
      server: options.name,
      hasPrompts: () => this.#connection?.has('prompts') === true,
      isOffered: (command) => options.isOffered?.(command) ?? true,
      send: (...sent) => this.#request(...sent),
    });
    this.appCalls = createAppCalls({
      ...{ tools: this.#tools, use: this.#use, closed: this.#abort.signal },
      send: (...sent) => this.#request(...sent),
    });
    const calls = createRelayCalls({
      ...{ name: options.name, tools: this.#tools, questions: this.#questions, pages: this.#pages },
      ...{ use: this.#use, apps: this.#apps, keptResults: options.keptResults, closed: this.#abort.signal },
      takePermit: (call) => options.takePermit(call),
      send: (...sent) => this.#request(...sent),
      needsSignIn: () => this.#isNeeded,
      // Somebody may have signed in on another server of the deployment.
      onAnswered: () => this.#isNeeded && this.#tellSignedIn(),
    });
    this.server = createRelayServer({
      name: options.name,
      whenReady: () => this.#whenReady(),
      connection: () => this.#connection,
      tools: () => this.#tellTools(),
      describeMissing: () => this.#toMissing(),
      takeReadPermit: (uri) =>
        options.takePermit({ toolName: RESOURCE_TOOL, input: { server: toMcpServerName(options.name), uri } }),
      call: calls.call,
    });
  }

  /** Begins to connect. Notices report the result. */
  start(): void {
    if (this.#state.name !== 'new') return;
    const { refusal } = this.#options;
    this.#state = { name: 'connecting', problem: refusal };
    if (refusal !== undefined) return this.#stopWaiting();
    if (this.#isAsked) this.#beginWaiting();
    this.#running = this.#run();
  }

  /** Tries again at once where the last try failed: what it needs may be there now. */
  retry(): void {
    this.#pauses.reset();
    this.#isRetryWanted = true;
    this.#pauses.end();
    if (this.#needed !== undefined && this.#state.name === 'connected') this.#tellSignedIn();
  }

  /** A sign-in that was missing before the process had a user is no problem of theirs yet. */
  noteUser(): void {
    if (this.#needed === undefined) return;
    this.#needed = undefined;
    this.#isNeeded = false;
    this.#isMissed = false;
    this.#notices.clearProblem();
  }

  /**
   * Connects anew, whatever the connection does: calls that run over it fail. Where there is none, the next try is made at
   * once. Nothing where it may not be connected to, and before `start`.
   */
  reconnect(): void {
    const state = this.#state;
    if (state.name !== 'connected') return this.retry();
    this.#pauses.reset();
    this.#use.noteClosed();
    this.#beginAgain(undefined);
    const before = this.#running;
    this.#running = (async () => {
      await Promise.all([before, state.connection.close()]);
      await this.#run();
    })();
  }

  get status(): RelayStatus {
    const { problem } = this.#notices;
    return toRelayStatus(this.#state, { problem, retryInMs: this.#pauses.retryInMs, tools: this.#tools.listed });
  }

  /** Answers the CLI with no tools until `start`, which comes later. */
  answerWithoutServer(): void {
    this.#ready.resolve();
  }

  /** Resolves when the CLI knows the tools, or no longer waits for them; for a server that starts later than the CLI. */
  get told(): Promise<void> {
    return this.#told.promise;
  }

  /** The server's own name of a tool, if the server has listed the tool and people can read the name. */
  findOriginal(cliName: string): string | undefined {
    const original = this.#tools.findOriginal(cliName);
    return original !== undefined && isReadable(original) ? original : undefined;
  }

  /** The current notices, for clients that attach later. */
  get facts(): McpNotice[] {
    return this.#notices.facts;
  }

  /** Idempotent. Resolves when the connection is closed and no further try is made. */
  async close(): Promise<void> {
    const { connection } = this.#state.name === 'connected' ? this.#state : {};
    this.#state = { name: 'closed' };
    this.#abort.abort();
    this.#ready.resolve();
    this.#told.resolve();
    clearTimeout(this.#timer);
    await connection?.close();
    await this.#replacing;
    await this.#running;
    this.#use.noteClosed();
  }

  get #connection(): McpConnection | undefined {
    return this.#state.name === 'connected' ? this.#state.connection : undefined;
  }

  /** Connects until it is connected, with growing pauses, then until all of its tools are read. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#isRetryWanted = false;
        this.#isNeeded = false;
        await this.#connect();
        break;
      } catch (error) {
        if (this.#isClosed) return;
        const problem = toProblem(error);
        this.#use.noteStart('failed', problem, toDetails(error));
        if (this.#isRetryWanted) continue;
        const needsSignIn = this.#isNeeded || isUnauthorized(error);
        this.#state = { name: 'connecting', problem, needsSignIn };
        this.#stopWaiting();
      }
      await this.#pauses.pauseUnlessEnded();
    }
    for (
      let rereads = 0;
      rereads < MAX_REREADS && this.#notices.problem !== undefined && !this.#isClosed;
      rereads += 1
    ) {
      await this.#pauses.pause(MIN_RETRY_MS * 2 ** rereads);
      await this.#rereads.readAgain();
    }
  }

  async #connect(): Promise<void> {
    const { signal } = this.#abort;
    const connection = await McpConnection.open(
      {
        openLink: this.#options.openLink,
        revision: this.#options.revision ?? UNKNOWN_REVISION,
        budget: this.#budget,
        onQuestion: (params, waiting) => this.#questions.ask(params, waiting),
        onToolsChanged: () => void this.#rereads.readAgain(),
        onPageDone: (elicitationId) => this.#pages.noteDone(elicitationId),
        onEnded: (ended, error) => this.#reconnect(ended, error),
        onOddity: (oddity) => this.#tellOddity(oddity),
        onSignInNeeded: (error) => this.#noteSignInNeeded(error),
        times: this.#options.times,
        showsApps: this.#apps !== undefined,
      },
      signal,
    );
    try {
      const list = connection.has('tools') ? await connection.listTools(signal) : { tools: [], problem: undefined };
      if (signal.aborted) throw new Error('The relay was closed');
      connection.throwIfEnded();
      this.#state = { name: 'connected', connection, sinceMs: performance.now() };
      this.#connecting.resolve();
      this.#pauses.noteConnected();
      this.#use.noteStart('connected');
      await this.#take(list);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Uses the tools that the server lists, and reports those that cannot be used. */
  async #take({ tools, problem }: ToolList): Promise<void> {
    const isChanged = this.#tools.replace(tools);
    this.#options.onOffered?.(this.#tools.offered);
    this.#apps?.forget();
    this.#notices.tellSimilarNames(tools);
    if (problem === undefined) this.#notices.clearProblem();
    else this.#notices.tellProblem(`Not all tools of the MCP server ${this.#name} are there: ${problem}.`);
    if (this.#needed !== undefined) this.#tellSignedIn();
    else if (this.#isMissed) {
      this.#isMissed = false;
      this.#notices.tell({
        level: 'info',
        text: `The MCP server ${this.#name} can be reached now, and its tools are available.`,
      });
    }
    this.#stopWaiting();
    if (isChanged && this.server.transport) await this.server.sendToolListChanged();
    else this.#told.resolve();
  }

  #tellTools(): readonly ListedTool[] {
    if (this.#state.name === 'connected') this.#told.resolve();
    return this.#tools.list;
  }

  /** Sends the request again over a new connection if the server does not know this one any more. */
  async #request(
    request: Parameters<McpConnection['request']>[0],
    options: Parameters<McpConnection['request']>[1],
  ): Promise<Record<string, unknown>> {
    await this.#replacing;
    await this.#whenReturned(options.signal);
    const connection = this.#connection;
    if (connection === undefined) throw new Error(this.#toMissing());
    try {
      return await connection.request(request, options);
    } catch (error) {
      if (!isForgotten(error) || this.#isClosed) throw error;
      await this.#replace(connection);
      if (this.#connection === undefined) throw error;
      return this.#connection.request(request, options);
    }
  }

  /** Makes a new connection. If that fails, it is tried again in the background. */
  #replace(connection: McpConnection): Promise<void> {
    if (this.#connection === connection) {
      this.#state = { name: 'connecting', problem: 'it has forgotten the connection' };
      this.#replacing = (async () => {
        try {
          await this.#connect();
        } catch {
          if (!this.#isClosed) this.#running = this.#run();
        } finally {
          this.#replacing = undefined;
          // Other calls may still run over it, or be on their way to the same refusal.
          await connection.retire();
        }
      })();
    }
    return this.#replacing ?? Promise.resolve();
  }

  /** Connects again after a pause, which is longer each time when connections do not last. */
  #reconnect(connection: McpConnection, error: Error): void {
    if (this.#state.name !== 'connected' || this.#state.connection !== connection) return;
    if (performance.now() - this.#state.sinceMs > SETTLED_MS) this.#pauses.reset();
    if (error instanceof FloodError) this.#pauses.stretch();
    this.#use.noteEnd(error.message, toDetails(error));
    this.#beginAgain(error.message);
    this.#stopWaiting();
    const before = this.#running;
    this.#running = (async () => {
      await Promise.all([before, connection.close(), this.#pauses.pauseLonger()]);
      await this.#run();
    })();
  }

  /** It has no connection any more, and calls wait a little for the next one. */
  #beginAgain(problem: string | undefined): void {
    this.#state = { name: 'connecting', problem };
    this.#connecting = Promise.withResolvers();
  }

  /** Waits a little for a server that was lost. */
  async #whenReturned(signal: AbortSignal): Promise<void> {
    if (this.#state.name !== 'connecting') return;
    const timeUp = new AbortController();
    const pause = delay(RETURN_WAIT_MS, undefined, { signal: AbortSignal.any([signal, timeUp.signal]) });
    await Promise.race([this.#connecting.promise, pause.catch(() => undefined)]);
    timeUp.abort();
  }

  #tellOddity(oddity: string): void {
    if (this.#isOddityTold) return;
    this.#isOddityTold = true;
    this.#notices.tell({ level: 'info', text: `The MCP server ${this.#name} is not quite in order: ${oddity}.` });
  }

  /** Resolves when a request of the CLI is to be answered with what is known by then. */
  #whenReady(): Promise<void> {
    const isStarting = this.#state.name === 'connecting' && this.#state.problem === undefined;
    if (!this.#isAsked && isStarting) this.#beginWaiting();
    this.#isAsked = true;
    return this.#ready.promise;
  }

  #beginWaiting(): void {
    this.#timer = setTimeout(() => this.#stopWaiting(), FIRST_ANSWER_MS);
  }

  /** From now on requests of the CLI are answered with what is known. */
  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#ready.resolve();
    if (this.#state.name !== 'connecting') return;
    this.#told.resolve();
    const isOnlySlow = this.#state.problem === undefined && !this.#isMissed;
    if (isOnlySlow) this.#timer = setTimeout(() => this.#tellMissing(), SLOW_NOTICE_MS);
    else this.#tellMissing();
  }

  #tellMissing(): void {
    // Reports that the server does not answer, and why once that is known; not each try.
    const isTold = this.#isMissed && this.#state.name === 'connecting' && this.#state.problem === undefined;
    this.#isMissed = true;
    if (!isTold) this.#notices.tellProblem(this.#toMissing(), this.#isNeeded ? this.#needed?.needed : undefined);
  }

  #noteSignInNeeded(error: SignInNeededError): void {
    this.#needed = error;
    this.#isNeeded = true;
    if (this.#state.name === 'connected') this.#notices.tellProblem(this.#toMissing(), error.needed);
  }

  #tellSignedIn(): void {
    const { needed } = this.#needed ?? {};
    this.#needed = undefined;
    this.#isNeeded = false;
    this.#isMissed = false;
    this.#notices.clearProblem();
    this.#notices.tell({
      ...{ level: 'info', text: `The MCP server ${this.#name} can be used now: somebody has signed in.` },
      ...(needed && { signIn: { ...needed, isDone: true } }),
    });
  }

  #toMissing(): string {
    const problem = this.#state.name === 'connecting' ? this.#state.problem : undefined;
    const { refusal } = this.#options;
    return describeMissing(this.#name, {
      refusal,
      problem,
      signIn: this.#isNeeded ? this.#needed?.message : undefined,
    });
  }

  get #isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  get #name(): string {
    return this.#options.name;
  }
}
