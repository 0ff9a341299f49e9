import type { PreviewEvent, ProcessReadyEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import { CANCELLED } from '../permissions/elicitation.ts';
import type { AgentHandlers } from '../agent-process/agent-handlers.ts';
import type { AgentInput } from '../agent-process/agent-inbox.ts';
import type { AgentProcess } from '../agent-process/agent-process.ts';
import type { AppCalls } from '../agent-process/mcp/app-calls.ts';
import type { KeptResult } from '../agent-process/mcp/kept-results.ts';
import type { McpNotice } from '../agent-process/mcp/mcp-notices.ts';
import type { NamedStatus, ServerPrompts } from '../agent-process/mcp/mcp-relays.ts';
import type { ToolSearchState } from '../agent-process/mcp/tool-search.ts';
import { toFailedStart, type Exit, type ExitCause } from '../hosts/exit.ts';
import type { ModelCallListener, TokenHolder } from '../model-gateway/session-tokens.ts';
import type { AgentPlan } from '../processes/create-agent.ts';
import type { Profile } from '../processes/profile.ts';
import type { TurnDeps } from './turn-deps.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { ProcessState } from '../processes/process-holder.ts';
import type { ProcessLease } from '../processes/processes.ts';

/** Values that a process starts with. They are read just before the start. */
export interface ProcessPlan extends AgentPlan {
  /** The session has no messages, no files and no vaults, so a spare with its own folders fits. */
  isNew: boolean;
  profile: Profile;
  /** The conversation so far, for an agent whose transcript is missing. Sent with the first message. */
  lostHistory: string | undefined;
}

export interface SessionProcessOptions extends Omit<AgentHandlers, 'onNotice'> {
  sessionId: string;
  ownerId: string;
  agentId: string;
  /** Called for the model calls of the process. */
  calls: ModelCallListener;
  /** @param signal aborted when the process is not wanted any more */
  plan(signal: AbortSignal): Promise<ProcessPlan>;
  /** The session takes over the transcript and the folders of a spare; awaited before anything is sent to it. */
  onAdopt(spare: NonNullable<ProcessLease['spare']>): Promise<void>;
  /**
   * Brings into the workspace what belongs there; awaited before anything is sent to the process. Answers with what the agent gets before its
   * next message. Never rejects. `isNew`: the agent begins with an empty conversation.
   */
  mount(signal: AbortSignal, options: { isNew: boolean }): Promise<string | undefined>;
  announce(events: SessionEvent[]): void;
  /** Sends a preview to clients; nothing is stored. */
  preview(event: PreviewEvent): void;
  /** The process has ended, or its start has failed. `ensure` can start a new one at once. */
  onExit(exit: Exit): void;
  onStateChange(): void;
}

/** One attempt to have a process, from waiting for a place until its end. */
interface Attempt {
  agent: AgentProcess | undefined;
  ready: boolean;
  /** True while the session waits for a place. */
  queued: boolean;
  startedAs: ProcessReadyEvent['start'] | undefined;
  /** Changes made before the process was ready. They are applied before any message is sent. */
  pendingChanges: ((agent: AgentProcess) => Promise<void>)[];
  /** Still to be told the agent, with its next message: the lost history, what was mounted. */
  untold: string[];
  /** Aborted when the attempt is to end; it then also leaves the queue for a place. */
  cancel: AbortController;
}

/**
 * The process of a session: absent, waiting for a place, or running. Messages sent before it runs wait in order. Over 300
 * lines: every method depends on the one attempt to have a process.
 */
export class SessionProcess {
  readonly #deps: TurnDeps;
  readonly #options: SessionProcessOptions;
  #attempt: Attempt | undefined;
  #ending: Promise<void> = Promise.resolve();
  #outbox: (AgentInput | (() => Promise<AgentInput>))[] = [];
  /** Attempts that have not ended, those included that are being ended. */
  #running = 0;
  #isClosed = false;

  constructor(deps: TurnDeps, options: SessionProcessOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get state(): ProcessState {
    if (this.#attempt === undefined) return 'none';
    if (this.#attempt.queued) return 'queued';
    return this.#attempt.ready ? 'live' : 'starting';
  }

  /** Whether no process is queued, starting, running or ending. */
  get isGone(): boolean {
    return this.#attempt === undefined && this.#running === 0;
  }

  /** CLAUDE_CONFIG_DIR of the process, while there is one. */
  get configDir(): string | undefined {
    return this.#attempt?.agent?.configDir;
  }

  /** Tries again at once to reach the MCP servers that the process could not reach. */
  retryMcpServers(): void {
    this.#attempt?.agent?.retryMcpServers();
  }

  /** The name that an MCP server itself gives a tool of the process; undefined if unknown. */
  findOriginalTool(cliName: string): string | undefined {
    return this.#attempt?.agent?.findOriginalTool(cliName);
  }

  /** What people see of the result of an MCP tool and the CLI does not tell; only once. */
  takeKeptResult(toolUseId: string): KeptResult | undefined {
    return this.#attempt?.agent?.takeKeptResult(toolUseId);
  }

  /** How the MCP servers of the process are; empty while there is none. */
  get mcpServers(): readonly NamedStatus[] {
    return this.#attempt?.agent?.mcpServers ?? [];
  }

  /** The prompts of its MCP servers; none while it has no process. */
  listPrompts(): Promise<ServerPrompts[]> {
    return this.#attempt?.agent?.listPrompts() ?? Promise.resolve([]);
  }

  /** The tools of its MCP servers, and whether they are searched; undefined while there is no process. */
  get toolSearch(): ToolSearchState | undefined {
    return this.#attempt?.agent?.toolSearch;
  }

  /** Connects to an MCP server anew; false where the process has none of this name. */
  reconnectMcpServer(name: string): boolean {
    return this.#attempt?.agent?.reconnectMcpServer(name) ?? false;
  }

  /** What the apps of an MCP server may have it do; undefined while no process is ready, and where it has none of this name. */
  findAppCalls(server: string): AppCalls | undefined {
    return this.#attempt?.ready === true ? this.#attempt.agent?.findAppCalls(server) : undefined;
  }

  /** The host's id of the process, once it runs. */
  get processId(): string | undefined {
    return this.#attempt?.agent?.processId;
  }

  /** How the process was started, once it is ready. */
  get startedAs(): ProcessReadyEvent['start'] | undefined {
    return this.#attempt?.startedAs;
  }

  /** Starts a process if there is none. Returns at once; does nothing after `close`. */
  ensure(): void {
    if (this.#attempt !== undefined || this.#isClosed) return;
    const attempt: Attempt = {
      agent: undefined,
      ready: false,
      queued: false,
      startedAs: undefined,
      pendingChanges: [],
      untold: [],
      cancel: new AbortController(),
    };
    this.#attempt = attempt;
    this.#options.onStateChange();
    void this.#run(attempt);
  }

  /** Sends a message to the process; starts one if there is none. */
  send(input: AgentInput): void {
    this.ensure();
    if (this.#attempt?.ready) this.#give(this.#attempt, input);
    else if (!this.#isClosed) this.#outbox.push(input);
  }

  /** Like `send`, for a message that may be large: `make` is called when a process can take the message. */
  async sendWhenTaken(make: () => Promise<AgentInput>): Promise<void> {
    this.ensure();
    const attempt = this.#attempt;
    if (attempt?.ready) this.#give(attempt, await make());
    else if (!this.#isClosed) this.#outbox.push(make);
  }

  /** Whether the process has said its last message; `onExit` follows when nothing of it is left. */
  get hasEnded(): boolean {
    return this.#attempt?.agent?.hasEnded === true;
  }

  /** Resolves when the calls are in the stored transcript, or after some seconds; at once without a process. */
  async whenStored(toolUseIds: readonly string[]): Promise<void> {
    await this.#attempt?.agent?.whenStored(toolUseIds);
  }

  async interrupt(): Promise<void> {
    await this.#attempt?.agent?.interrupt();
  }

  /** Ends a task beside the conversation. @throws an error of the CLI where it does not run. */
  async stopTask(taskId: string): Promise<void> {
    await this.#attempt?.agent?.stopTask(taskId);
  }

  /** A process that is still starting changes before it gets its first message. */
  setModel(model: string | undefined): Promise<void> {
    return this.#tell((agent) => agent.setModel(model));
  }

  setPlanMode(active: boolean): Promise<void> {
    return this.#tell((agent) => agent.setPlanMode(active));
  }

  /** Ends the process at once, as a crash would: `onExit` is called. False when there is none. */
  kill(cause: ExitCause): boolean {
    return this.#attempt?.agent?.kill(cause) ?? false;
  }

  /**
   * Ends the process, if there is one. Resolves when the process and its children have ended; never rejects. `onExit`
   * is not called. The session can start a new process at once.
   */
  async release(): Promise<void> {
    const attempt = this.#attempt;
    // Read before anything is awaited: the next attempt replaces `#ending`, and may wait for the place of this one.
    const ending = this.#ending;
    this.#outbox = [];
    if (attempt) {
      attempt.cancel.abort();
      this.#clear(attempt);
      await this.#end(attempt);
    }
    await ending;
  }

  /** Ends the process as `release` does, and starts none afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.release();
  }

  async #tell(change: (agent: AgentProcess) => Promise<void>): Promise<void> {
    if (this.#attempt === undefined) return;
    if (this.#attempt.ready && this.#attempt.agent) await change(this.#attempt.agent);
    else this.#attempt.pendingChanges.push(change);
  }

  async #run(attempt: Attempt): Promise<void> {
    const { promise: ended, resolve: finish } = Promise.withResolvers<void>();
    const before = this.#ending;
    this.#ending = ended;
    this.#running += 1;
    await before;
    // Releases the place when the process and its children have ended.
    using held = new DisposableStack();
    try {
      if (attempt.cancel.signal.aborted) return;
      const startedAt = this.#deps.clock.uptimeMs();
      const plan = await this.#options.plan(attempt.cancel.signal);
      const lease = held.use(await this.#acquire(attempt, plan));
      attempt.agent = lease.agent;
      if (lease.spare) await this.#adopt(lease.agent, lease.spare, plan);
      if (attempt.cancel.signal.aborted) {
        // Messages in the outbox stay for the next attempt.
        await this.#end(attempt);
        return;
      }
      lease.agent.bind(this.#toHandlers(attempt));
      await lease.start();
      const mounted = await this.#options.mount(attempt.cancel.signal, { isNew: !plan.resume });
      attempt.untold = [plan.lostHistory, mounted].filter((text) => text !== undefined);
      await this.#handOver(attempt, lease.agent);
      if (!attempt.cancel.signal.aborted) {
        attempt.startedAs = lease.startedAs;
        const duration = Math.round(this.#deps.clock.uptimeMs() - startedAt);
        this.#announce({ type: 'session.process_ready', start: lease.startedAs, duration_ms: duration });
        this.#options.onStateChange();
      }
      this.#report(attempt, await lease.agent.exited);
    } catch (error) {
      await this.#end(attempt);
      this.#report(attempt, toFailedStart(error));
    } finally {
      this.#running -= 1;
      finish();
    }
  }

  /**
   * Applies what was changed during the start, then sends the messages in the outbox, and only then marks the process
   * as ready: the first turn has the model and mode that people chose, and messages keep their order.
   */
  async #handOver(attempt: Attempt, agent: AgentProcess): Promise<void> {
    while (!attempt.cancel.signal.aborted) {
      const change = attempt.pendingChanges.shift();
      if (change) {
        await change(agent);
        continue;
      }
      const input = this.#outbox.shift();
      if (input === undefined) break;
      const made = typeof input === 'function' ? await input() : input;
      if (!attempt.cancel.signal.aborted) this.#give(attempt, made);
    }
    attempt.ready = true;
  }

  /** Adds what the agent was not told yet to the message. */
  #give(attempt: Attempt, input: AgentInput): void {
    const untold = attempt.untold.splice(0).map((text) => ({ type: 'text' as const, text }));
    if (untold.length === 0) return attempt.agent?.send(input);
    const said = typeof input.content === 'string' ? [{ type: 'text' as const, text: input.content }] : input.content;
    attempt.agent?.send({ ...input, content: [...untold, ...said] });
  }

  /** Never rejects: otherwise a turn that waits for the end of its process would wait for ever. */
  async #end({ agent }: Attempt): Promise<void> {
    try {
      await agent?.close();
    } catch (error) {
      const { sessionId } = this.#options;
      this.#deps.logger.error(
        { err: error, session_id: sessionId },
        'an agent process could not be ended in good order',
      );
    }
  }

  /** A process that is being ended may still send messages; they are ignored. */
  #toHandlers(attempt: Attempt): AgentHandlers {
    const { ownerId, agentId, vaultIds, canUseTool, onHook, onPrompt, callPrompt, keepApp } = this.#options;
    const { takePermit, takeCustomResult, elicit, onMessage, trace } = this.#options;
    return {
      ...{ ownerId, agentId, vaultIds, ...(trace && { trace }) },
      ...{ canUseTool, onHook, onPrompt, callPrompt, keepApp },
      elicit: (asked, signal) => (attempt.cancel.signal.aborted ? Promise.resolve(CANCELLED) : elicit(asked, signal)),
      takePermit: (call) => !attempt.cancel.signal.aborted && takePermit(call),
      takeCustomResult: async (call) => (attempt.cancel.signal.aborted ? undefined : takeCustomResult(call)),
      onNotice: (notice) => {
        if (!attempt.cancel.signal.aborted) this.#announce(toNoticeEvent(notice));
      },
      onMessage: (message) => (attempt.cancel.signal.aborted ? Promise.resolve() : onMessage(message)),
    };
  }

  #acquire(attempt: Attempt, plan: ProcessPlan): Promise<ProcessLease> {
    return this.#deps.processes.acquire({
      ...{ plan, profile: plan.profile, isNew: plan.isNew },
      ownerId: this.#options.ownerId,
      holder: this.#toHolder(),
      signal: attempt.cancel.signal,
      onPosition: this.#createPositionTeller(attempt),
      onPlace: () => {
        attempt.queued = false;
        this.#announce({ type: 'session.process_starting' });
      },
    });
  }

  /** Gives the session the transcript and the folders of the spare. */
  async #adopt(agent: AgentProcess, spare: NonNullable<ProcessLease['spare']>, plan: ProcessPlan): Promise<void> {
    await this.#options.onAdopt(spare);
    const { model } = plan.profile.settings;
    if (plan.model !== (model ?? this.#deps.defaultModel)) await agent.setModel(plan.model);
    if (plan.planMode) await agent.setPlanMode(true);
  }

  #toHolder(): TokenHolder {
    const { sessionId, ownerId, agentId, calls } = this.#options;
    return { sessionId, ownerId, agentId, listener: calls };
  }

  /** Stores the first position and position 1 only: storing each would take n²/2 events for a queue of n. */
  #createPositionTeller(attempt: Attempt): (position: number) => void {
    let isFirst = true;
    return (position) => {
      if (attempt.cancel.signal.aborted) return;
      attempt.queued = true;
      if (isFirst || position === 1) this.#announce({ type: 'session.process_queued', position });
      else this.#options.preview({ type: 'queue_position', position });
      isFirst = false;
    };
  }

  #report(attempt: Attempt, exit: Exit): void {
    if (attempt.cancel.signal.aborted) return;
    // These messages are not lost: the next process gets the undelivered messages again.
    this.#outbox = [];
    this.#clear(attempt);
    this.#options.onExit(exit);
  }

  #clear(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    this.#options.onStateChange();
  }

  #announce(event: Parameters<typeof stampEvent>[1]): void {
    this.#options.announce([stampEvent(this.#deps.clock, event)]);
  }
}

function toNoticeEvent({ level, text, signIn }: McpNotice): Parameters<typeof stampEvent>[1] {
  if (signIn === undefined) return { type: 'session.notice', level, text };
  const { serverName, serverUrl, plugin, isDone } = signIn;
  const state = isDone ? 'done' : 'needed';
  const shown = { state, server_name: serverName, server_url: plugin === null ? serverUrl : null, plugin } as const;
  return { type: 'session.notice', level, text, sign_in: shown };
}
