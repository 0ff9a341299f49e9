import type { UUID } from 'node:crypto';

import {
  query,
  type CanUseTool,
  type HookCallback,
  type McpServerConfig,
  type Query,
  type SDKMessage,
  type SDKUserMessage,
  type SessionStore,
  type SlashCommand,
  type SpawnOptions,
} from '@anthropic-ai/claude-agent-sdk';
import { CspError } from '@claude-sdk-pattern/protocol';

import { toMcpServerName } from '../definitions/mcp-tool-name.ts';
import { createAsyncQueue } from '../lib/async-queue.ts';
import type { Logger } from '../telemetry/logger.ts';
import { completeTranscript, isOfAgent, toSaidMessage, type SaidMessage } from './complete-transcript.ts';
import { NEVER_STARTED, toFailedStart, type Exit, type ExitCause } from '../hosts/exit.ts';
import type { Host, HostedProcess } from '../hosts/host.ts';
import { McpRelay, type McpNotice } from './mcp/mcp-relay.ts';
import { buildOptions, type AgentStart } from './options/build-options.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { giveResumeDir, isResumeDir, keepResumedTranscript } from './resumed-transcript.ts';
import { prepareSessionDirs } from '../workspaces/session-dirs.ts';
import type { AgentTranscript } from './transcript-store.ts';
import { watchLineLength } from './watch-line-length.ts';

export interface AgentProcessDeps {
  profile: AgentStart;
  host: Host;
  /** Of the profile's agent session. */
  transcript: AgentTranscript;
  logger: Logger;
  /** Why its MCP servers may not be connected to, as a clause; undefined where they may. */
  mcpRefusal: string | undefined;
  /** Is told, once it is started, what can be asked of it by a slash. */
  onCommands(commands: readonly SlashCommand[]): void;
}

/** Who the process works for. */
export interface AgentHandlers {
  canUseTool: CanUseTool;
  beforeToolUse: HookCallback;
  afterToolBatch: HookCallback;
  /** Whether a call of an MCP tool was decided and not made yet; from then on it is made. */
  takePermit(call: { toolName: string; input: Readonly<Record<string, unknown>> }): boolean;
  /** What people should know of its MCP servers. */
  onNotice(notice: McpNotice): void;
  /** Every message of the process, in order; the next one waits until the promise is settled. */
  onMessage(message: SDKMessage): Promise<void>;
}

/** A message of a user as the agent gets it; its uuid becomes the uuid of its transcript entry. */
export interface AgentInput {
  uuid: string;
  content: SDKUserMessage['message']['content'];
  /** True for what the platform says, such as that a turn was cut. */
  synthetic?: boolean;
}

/** A start takes about a second, on a busy machine several. */
const START_TIMEOUT_MS = 60_000;

/** More than a process says in the 100 ms by which its transcript is behind. */
const MAX_SAID = 50;

type McpSdkServer = Extract<McpServerConfig, { instance: unknown }>['instance'];

/** Twice a message of 32 MB: no line of the CLI is as long, nor is a batch of entries that it mirrors. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

type State = 'new' | 'running' | 'closing' | 'ended';

/**
 * One Claude Code process and its life. It serves one session, to which it is bound before the first message, and is
 * never used again.
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
  /** Why it was killed here. */
  #killCause: ExitCause | undefined;
  /** Why it was ended here, without having been asked for. */
  #failure: Error | undefined;
  /** The newest of what was said in this turn; when a turn has ended, all of it is stored (SDK 0.3.330). */
  #said: SaidMessage[] = [];
  readonly #relays: readonly McpRelay[];

  constructor(deps: AgentProcessDeps) {
    this.#deps = deps;
    this.#relays = deps.profile.settings.mcpServers.map(
      ({ name, url }) =>
        new McpRelay({
          ...{ name, url, refusal: deps.mcpRefusal },
          onNotice: (notice) => this.#handlers?.onNotice(notice),
          takePermit: (call) => this.#handlers?.takePermit(call) ?? false,
        }),
    );
  }

  /** Settled once, after the last message; never rejects. */
  get exited(): Promise<Exit> {
    return this.#exit.promise;
  }

  /** Says who it works for; once, before the first message is sent. */
  bind(handlers: AgentHandlers): void {
    if (this.#handlers !== undefined) throw new Error('An agent process serves one session only');
    this.#handlers = handlers;
    for (const notice of this.#relays.flatMap(({ facts }) => facts)) handlers.onNotice(notice);
  }

  /** What an MCP server itself calls a tool; undefined until it has listed it. */
  findOriginalTool(cliName: string): string | undefined {
    return this.#relays.map((relay) => relay.findOriginal(cliName)).find((name) => name !== undefined);
  }

  /** The process's CLAUDE_CONFIG_DIR, once it is started. */
  get configDir(): string | undefined {
    return this.#configDir;
  }

  /** By which the host knows it, once it is started. */
  get processId(): string | undefined {
    return this.#process?.id;
  }

  /** Starts the process; resolves when it has answered its initialization. Rejects when it ends before that. */
  async start(): Promise<void> {
    await prepareSessionDirs(this.#deps.profile.dirs, this.#deps.host.agentUser);
    if (this.#state !== 'new') throw new Error('The process was closed before it was started');
    this.#state = 'running';
    for (const relay of this.#relays) relay.start();
    this.#query = this.#open();
    this.#ended = this.#read(this.#query);
    const timeUp = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.kill('start_failed');
      timeUp.reject(new Error('It did not start in time'));
    }, START_TIMEOUT_MS).unref();
    try {
      const { commands } = await Promise.race([this.#query.initializationResult(), timeUp.promise]);
      this.#deps.onCommands(commands);
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hands a message to the agent. It waits in the process's input when a turn is running. */
  send(input: AgentInput): void {
    // Whoever hears of its end sends it again.
    if (this.#closing !== undefined) return;
    const message = { role: 'user' as const, content: input.content };
    this.#remember({ type: 'user', uuid: input.uuid, message });
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
    await this.#query?.interrupt();
  }

  async setModel(model: string | undefined): Promise<void> {
    await this.#query?.setModel(model);
  }

  async setPlanMode(active: boolean): Promise<void> {
    await this.#query?.setPermissionMode(active ? 'plan' : 'default');
  }

  /** Ends the process and all its children by the ladder. Idempotent; resolves when everything is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the process and its children at once, for when `close` has no time. False when there is none yet. */
  kill(cause: ExitCause): boolean {
    if (this.#process === undefined) return false;
    this.#killCause ??= cause;
    return this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Query {
    const { profile, transcript } = this.#deps;
    const { sessionStore } = transcript;
    try {
      return query({
        prompt: this.#input,
        options: {
          ...buildOptions(profile),
          mcpServers: this.#toMcpServers(),
          sessionStore: {
            ...sessionStore,
            append: (key, entries) => this.#mirror(key, entries),
            load: (key) => this.#guardSize(() => sessionStore.load(key)),
          },
          canUseTool: (...call) => this.#getHandlers().canUseTool(...call),
          hooks: {
            PreToolUse: [{ hooks: [(...call) => this.#getHandlers().beforeToolUse(...call)] }],
            PostToolBatch: [{ hooks: [(...call) => this.#getHandlers().afterToolBatch(...call)] }],
          },
          spawnClaudeCodeProcess: (request) => this.#launch(request),
        },
      });
    } catch (error) {
      this.#state = 'ended';
      void this.#closeRelays();
      this.#exit.resolve(toFailedStart(error));
      throw error;
    }
  }

  /** The CLI talks to our relays, by way of its standard streams. */
  #toMcpServers(): Record<string, McpServerConfig> {
    return Object.fromEntries(
      this.#deps.profile.settings.mcpServers.map(({ name: original }, index) => {
        const name = toMcpServerName(original);
        // The SDK only connects and closes it, which the low-level server has as well.
        const instance = this.#relays[index]?.server as unknown as McpSdkServer;
        return [name, { type: 'sdk', name, instance }];
      }),
    );
  }

  #launch({ command, args, cwd, env }: SpawnOptions): HostedProcess {
    const { profile, host, logger } = this.#deps;
    // A resumed process gets a config directory made by the SDK, with the transcript from our store in it.
    this.#configDir = env['CLAUDE_CONFIG_DIR'] ?? profile.dirs.config;
    try {
      keepResumedTranscript(profile.dirs, { ...profile, configDir: this.#configDir });
    } catch (error) {
      // It is only needed should the process be killed.
      logger.warn({ err: error }, 'the transcript of a resumed process could not be linked');
    }
    if (host.agentUser && isResumeDir(this.#configDir)) giveResumeDir(this.#configDir, host.agentUser);
    this.#process = host.start({
      label: profile.agentSessionId,
      command,
      args,
      cwd: cwd ?? profile.dirs.workspace,
      env,
      writableDirs: [...new Set([...Object.values(profile.dirs), this.#configDir])],
      // An environment can only take away from what the operator allows.
      networking: profile.settings.networking === 'limited' ? 'limited' : undefined,
      onStderr: (text) => logger.debug({ stderr: text.trim() }, 'agent process wrote to stderr'),
    });
    watchLineLength(this.#process.stdout, MAX_LINE_BYTES, () => {
      this.#fail(new Error('A line of its output had no end'));
    });
    return this.#process;
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
    await this.#closeRelays();
    await this.#ended;
  }

  async #read(messages: Query): Promise<void> {
    let thrown: unknown;
    try {
      for await (const message of messages) {
        if (message.type === 'result') this.#said = [];
        const said = toSaidMessage(message);
        if (said) this.#remember(said);
        await this.#handlers?.onMessage(message);
      }
    } catch (error) {
      thrown = error;
    }
    const wasAsked = this.#state === 'closing';
    this.#state = 'ended';
    const { dirs } = this.#deps.profile;
    // Also what it left running goes with it.
    const exit = await this.#process?.end();
    await this.#closeRelays();
    if (!wasAsked) await this.#completeTranscript();
    await removeLeftovers(dirs, this.#configDir);
    this.#exit.resolve(wasAsked ? { ...NEVER_STARTED, ...exit, cause: 'asked' } : this.#toExit(exit, thrown));
  }

  /** The end of one that nobody had closed. */
  #toExit(exit: Exit | undefined, thrown: unknown): Exit {
    if (exit === undefined) return toFailedStart(this.#failure ?? thrown);
    // `asked` here: the SDK gave up on it, and we have only cleared it away.
    const cause = this.#killCause ?? (exit.cause === 'asked' ? 'died' : exit.cause);
    // Of a process that ended by itself the SDK has nothing to tell but that, as a sentence.
    const hasLeft = exit.cause === 'died' || exit.cause === 'host_lost' || this.#killCause !== undefined;
    const error = this.#failure ?? (hasLeft ? undefined : thrown) ?? exit.error;
    return { ...exit, cause, ...(error !== undefined && { error }) };
  }

  /** Ends it for a reason of our own. */
  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.kill('died');
  }

  /** A relay ends what it waits for when it is closed, so that no server holds up the turn. One that fails is left. */
  async #closeRelays(): Promise<void> {
    await Promise.allSettled(this.#relays.map((relay) => relay.close()));
  }

  /** What was sent may be large, and is not needed once the transcript has it. */
  async #mirror(...[key, entries]: Parameters<SessionStore['append']>): Promise<void> {
    await this.#guardSize(() => this.#deps.transcript.sessionStore.append(key, entries));
    const stored = new Set(entries.map(({ uuid }) => uuid));
    this.#said = this.#said.filter((said) => isOfAgent(said) || !stored.has(said.uuid));
  }

  /** One whose transcript can take no more ends, and says why: it would be resumed without what it says from now on. */
  async #guardSize<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CspError) this.#fail(error);
      throw error;
    }
  }

  #remember(said: SaidMessage): void {
    this.#said = [...this.#said, said].slice(-MAX_SAID);
  }

  /** Before anyone learns of its end, because the transcript decides what is sent again. */
  async #completeTranscript(): Promise<void> {
    const { profile, transcript, logger } = this.#deps;
    try {
      await completeTranscript(transcript, { ...profile, said: this.#said });
    } catch (error) {
      logger.error({ err: error }, 'the end of a transcript could not be stored');
    }
  }
}
