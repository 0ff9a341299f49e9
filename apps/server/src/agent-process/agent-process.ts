import type { UUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  query,
  type Query,
  type SDKUserMessage,
  type SlashCommand,
  type SpawnOptions,
} from '@anthropic-ai/claude-agent-sdk';

import { createAsyncQueue } from '../lib/async-queue.ts';
import { correlateAnew } from '../telemetry/correlation.ts';
import type { Logger } from '../telemetry/logger.ts';
import { NEVER_STARTED, toFailedStart, type Exit, type ExitCause } from '../hosts/exit.ts';
import type { Host, HostedProcess } from '../hosts/host.ts';
import type { AgentHandlers } from './agent-handlers.ts';
import { createAgentInbox, type AgentInbox, type AgentInput } from './agent-inbox.ts';
import { createAgentRelays, type AgentMcpDeps } from './agent-relays.ts';
import type { KeptResult } from './mcp/kept-results.ts';
import { launchAgent } from './launch-agent.ts';
import type { McpNotice } from './mcp/mcp-notices.ts';
import type { AppCalls } from './mcp/app-calls.ts';
import { NO_RELAYS, type McpRelays, type NamedStatus, type ServerPrompts } from './mcp/mcp-relays.ts';
import { createToolSearch, toToolSearchPolicy, type ToolSearch, type ToolSearchState } from './mcp/tool-search.ts';
import { TOOL_SEARCH_VARIABLE } from './agent-environment.ts';
import { completeOptions, type AgentStart } from './options/build-options.ts';
import { toHookMatchers } from './options/hook-matchers.ts';
import { toModeNotice } from './mode-notice.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { toCutNotice } from './options/cut-skills.ts';
import { preparePlugins, type PreparedPlugins } from './prepare-plugins.ts';
import { prepareSessionDirs } from '../workspaces/session-dirs.ts';
import { toExit } from './to-exit.ts';
import { createTranscriptGuard, type TranscriptGuard } from './transcript-guard.ts';
import type { PluginFolders } from '../plugins/delivery/plugin-folders.ts';
import type { AgentTranscript } from './transcript-store.ts';
import { leaveNamesOutOfReports } from './unnamed-reports.ts';

export interface AgentProcessDeps {
  profile: AgentStart;
  host: Host;
  /** What it may read beside its folders, its plugins and the system: what git needs for the repositories of its session. */
  lentDirs?: readonly string[] | undefined;
  /** The transcript of the profile's agent session. */
  transcript: AgentTranscript;
  logger: Logger;
  mcp: AgentMcpDeps;
  /** Makes the folders that it reads plugins from. */
  pluginFolders: PluginFolders;
  /** Called after the start, with the slash commands that the process offers. */
  onCommands(commands: readonly SlashCommand[]): void;
}

/** A start takes about a second, on a busy machine several. */
const START_TIMEOUT_MS = 60_000;

/** The CLI does not say which. */
const NOT_APPLIED: McpNotice = {
  level: 'warning',
  text: 'Claude Code could not load some of the plugins. The page of each plugin says what is wrong with it.',
};

type State = 'new' | 'running' | 'closing' | 'ended';

/**
 * One Claude Code process, from its start to its end. It serves one session, to which it is bound before the first
 * message, and is not reused. Over 300 lines: every method depends on the one state of the process.
 */
export class AgentProcess {
  readonly #deps: AgentProcessDeps;
  readonly #input = createAsyncQueue<SDKUserMessage>();
  #state: State = 'new';
  #query: Query | undefined;
  #process: HostedProcess | undefined;
  #configDir: string | undefined;
  #ended: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  readonly #exit = Promise.withResolvers<Exit>();
  #handlers: AgentHandlers | undefined;
  /** Notices from before `bind`. */
  readonly #earlyNotices: McpNotice[] = [];
  /** The cause that the first call of `kill` gave. */
  #killCause: ExitCause | undefined;
  /** The error for which this class itself killed the process. */
  #failure: Error | undefined;
  readonly #transcript: TranscriptGuard;
  readonly #inbox: AgentInbox;
  /** None before the start. */
  #relays: McpRelays = NO_RELAYS;
  readonly #toolSearch: ToolSearch;
  #plugins: PreparedPlugins = { served: [], readableDirs: [], notices: [] };

  constructor(deps: AgentProcessDeps) {
    this.#deps = deps;
    const policy = toToolSearchPolicy(deps.mcp.toolSearch, deps.profile.settings.toolSearch);
    this.#toolSearch = createToolSearch(policy, () => this.#turnToolSearchOn());
    this.#transcript = createTranscriptGuard({ ...deps, onRefused: (error) => this.#fail(error) });
    this.#inbox = createAgentInbox({
      findPrompts: (command) => this.#relays.findPrompts(command),
      callPrompt: (...call) => this.#getHandlers().callPrompt(...call),
      onPrompt: (text) => this.#handlers?.onPrompt(text),
      onNotice: (notice) => this.#tell(notice),
      // The caller sends the message again when it hears that the process has ended.
      isClosed: () => this.#closing !== undefined,
      push: (input) => this.#push(input),
    });
  }

  /** Settled once, after the last message; never rejects. */
  get exited(): Promise<Exit> {
    return this.#exit.promise;
  }

  /** Binds the process to its session. Call it once, before the first message is sent. */
  bind(handlers: AgentHandlers): void {
    if (this.#handlers !== undefined) throw new Error('An agent process serves one session only');
    this.#handlers = handlers;
    // What a server needs may be there since the last try.
    this.#relays.retry();
    const servers = this.#relays.noteUser();
    if (servers !== undefined) this.#inbox.holdUntil(servers);
    for (const notice of [...this.#relays.facts, ...this.#earlyNotices.splice(0)]) handlers.onNotice(notice);
  }

  /** Tries again at once to reach the MCP servers that it could not reach. */
  retryMcpServers(): void {
    this.#relays.retry();
  }

  /** The name that an MCP server itself gives a tool; undefined until the server has listed it. */
  findOriginalTool(cliName: string): string | undefined {
    return this.#relays.findOriginal(cliName);
  }

  /** What people see of the result of an MCP tool and the CLI does not tell; only once. */
  takeKeptResult(toolUseId: string): KeptResult | undefined {
    return this.#relays.takeKeptResult(toolUseId);
  }

  /** How its MCP servers are. */
  get mcpServers(): readonly NamedStatus[] {
    return this.#relays.statuses;
  }

  /** The prompts of its MCP servers. */
  listPrompts(): Promise<ServerPrompts[]> {
    return this.#relays.listPrompts();
  }

  /** The tools of its MCP servers, and whether the model has to search them. */
  get toolSearch(): ToolSearchState {
    return this.#toolSearch.state;
  }

  /** Connects to one of its MCP servers anew; false where it has none of this name. */
  reconnectMcpServer(name: string): boolean {
    return this.#relays.reconnect(name);
  }

  /** What the apps of one of its MCP servers may have that do; undefined where it has none of this name. */
  findAppCalls(server: string): AppCalls | undefined {
    return this.#relays.findAppCalls(server);
  }

  /** Whether it has said its last message. */
  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** The process's CLAUDE_CONFIG_DIR, once it is started. */
  get configDir(): string | undefined {
    return this.#configDir;
  }

  /** The host's id of the process, once it has started. */
  get processId(): string | undefined {
    return this.#process?.id;
  }

  /** Starts the process; resolves when it has answered its initialization. Rejects when it ends before that. */
  start(): Promise<void> {
    // It outlives the request that needs it.
    return correlateAnew({}, () => this.#start());
  }

  async #start(): Promise<void> {
    const { profile, host } = this.#deps;
    await prepareSessionDirs(profile.dirs, host.agentUser);
    this.#plugins = await preparePlugins(this.#deps.pluginFolders, profile.settings);
    for (const notice of this.#plugins.notices) this.#tell(notice);
    // The agent gets the list once in its conversation.
    const cut = profile.resume ? undefined : toCutNotice(profile);
    if (cut !== undefined) this.#tell(cut);
    this.#relays = await createAgentRelays({
      ...{ ...this.#deps, toolSearch: this.#toolSearch },
      findHandlers: () => this.#handlers,
      getHandlers: () => this.#getHandlers(),
    });
    if (this.#state !== 'new') throw new Error('The process was closed before it was started');
    this.#state = 'running';
    this.#relays.start();
    this.#query = this.#open();
    if (this.#toolSearch.state.isOn) this.#turnToolSearchOn();
    this.#ended = this.#read(this.#query);
    const timeUp = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.kill('start_failed');
      timeUp.reject(new Error('It did not start in time'));
    }, START_TIMEOUT_MS).unref();
    try {
      const { commands, plugins_applied } = await Promise.race([this.#query.initializationResult(), timeUp.promise]);
      this.#deps.onCommands(commands);
      if (plugins_applied === false) this.#tell(NOT_APPLIED);
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the calls are in the stored transcript, or after some seconds. */
  whenStored(toolUseIds: readonly string[]): Promise<void> {
    return this.#transcript.whenStored(toolUseIds);
  }

  /** Hands a message to the agent. It waits in the process's input when a turn is running. */
  send(input: AgentInput): void {
    this.#inbox.send(input);
  }

  #push(input: AgentInput): void {
    const message = { role: 'user' as const, content: input.content };
    this.#transcript.noteSent({ uuid: input.uuid, message });
    this.#input.push({
      type: 'user',
      message,
      parent_tool_use_id: null,
      // Ids are made by randomUUID; the SDK wants that in the type.
      uuid: input.uuid as UUID,
      ...(input.synthetic === true && { isSynthetic: true }),
    });
  }

  /** Stops the running turn; the process stays. */
  async interrupt(): Promise<void> {
    // The message goes first, so that there is a turn to stop.
    this.#inbox.interrupt();
    await nextTurn();
    await this.#query?.interrupt();
  }

  /** Ends a task beside the conversation. @throws an error of the CLI where it does not run. */
  async stopTask(taskId: string): Promise<void> {
    await this.#query?.stopTask(taskId);
  }

  async setModel(model: string | undefined): Promise<void> {
    await this.#query?.setModel(model);
  }

  async setPlanMode(active: boolean): Promise<void> {
    const asked = active ? 'plan' : 'default';
    const answer = await this.#query?.setPermissionMode(asked);
    const text = toModeNotice(asked, answer?.mode);
    if (text !== undefined) this.#tell({ level: 'warning', text });
  }

  /** Ends the process and all its children, by the steps of `terminate`. Idempotent; resolves when all have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Kills the process and its children, without the waits of `close`. False when the process has not started. */
  kill(cause: ExitCause): boolean {
    if (this.#process === undefined) return false;
    this.#killCause ??= cause;
    return this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The CLI looks at the variable again for each request (2.1.332). It is sent before the tools that it is for, and before any
   * message.
   */
  #turnToolSearchOn(): void {
    const started = this.#query;
    if (started === undefined) return;
    const done = started
      .initializationResult()
      .then(() => started.applyFlagSettings({ env: { [TOOL_SEARCH_VARIABLE]: 'true' } }));
    done.catch((error: unknown) => {
      if (this.#state === 'running') this.#deps.logger.warn({ err: error }, 'tool search could not be switched on');
    });
  }

  #open(): Query {
    leaveNamesOutOfReports();
    try {
      return query({
        prompt: this.#input,
        options: completeOptions(this.#toStart(), {
          mcpServers: this.#relays.servers,
          sessionStore: this.#transcript.sessionStore,
          canUseTool: (...call) => this.#getHandlers().canUseTool(...call),
          hooks: toHookMatchers(
            (...call) => this.#getHandlers().onHook(...call),
            this.#plugins.served.flatMap(({ handlers }) => handlers),
          ),
          spawnClaudeCodeProcess: (request) => this.#launch(request),
        }),
      });
    } catch (error) {
      this.#state = 'ended';
      void this.#relays.close();
      this.#exit.resolve(toFailedStart(error));
      throw error;
    }
  }

  /** Without the plugins whose folder could not be made. */
  #toStart(): AgentStart {
    const { profile } = this.#deps;
    return { ...profile, settings: { ...profile.settings, plugins: this.#plugins.served } };
  }

  #launch(request: SpawnOptions): HostedProcess {
    // A resumed process gets a config directory made by the SDK, with the transcript from our store in it.
    this.#configDir = request.env['CLAUDE_CONFIG_DIR'] ?? this.#deps.profile.dirs.config;
    this.#process = launchAgent(request, {
      ...this.#deps,
      mask: (text) => this.#deps.mcp.secrets.mask(text, this.#deps.profile.agentSessionId),
      configDir: this.#configDir,
      readableDirs: [...this.#plugins.readableDirs, ...(this.#deps.lentDirs ?? [])],
      writableDirs: this.#deps.profile.ownFolders ?? [],
      onEndlessLine: () => this.#fail(new Error('A line of its output had no end')),
    });
    return this.#process;
  }

  #tell(notice: McpNotice): void {
    if (this.#handlers === undefined) this.#earlyNotices.push(notice);
    else this.#handlers.onNotice(notice);
  }

  #getHandlers(): AgentHandlers {
    if (this.#handlers === undefined) throw new Error('The agent acts before it serves a session');
    return this.#handlers;
  }

  async #close(): Promise<void> {
    if (this.#state === 'running') this.#state = 'closing';
    else if (this.#state === 'new') {
      this.#state = 'ended';
      this.#exit.resolve(NEVER_STARTED);
    }
    this.#input.end();
    await this.#process?.end();
    this.#query?.close();
    await this.#relays.close();
    await this.#ended;
  }

  async #read(messages: Query): Promise<void> {
    let thrown: unknown;
    try {
      for await (const message of messages) {
        this.#transcript.noteMessage(message);
        await this.#handlers?.onMessage(message);
      }
    } catch (error) {
      thrown = error;
    }
    const wasAsked = this.#state === 'closing';
    this.#state = 'ended';
    const { dirs } = this.#deps.profile;
    // `end` also ends the children that the process left running.
    const exit = await this.#process?.end();
    await this.#relays.close();
    if (!wasAsked) await this.#transcript.complete();
    await removeLeftovers(dirs, this.#configDir);
    const end = { exit, thrown, killCause: this.#killCause, failure: this.#failure };
    this.#exit.resolve(wasAsked ? { ...NEVER_STARTED, ...exit, cause: 'asked' } : toExit(end));
  }

  /** Kills the process because of an error that this class found. */
  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.kill('died');
  }
}
