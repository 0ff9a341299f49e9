import type { CanUseTool, HookCallback, SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import { CspError, type SessionEvent } from '@claude-sdk-pattern/protocol';

import { AgentProcess, type AgentInput, type ProcessExit } from '../agent-process/agent-process.ts';
import { toAgentEnvironment } from '../agent-process/agent-environment.ts';
import type { SessionDirs } from '../agent-process/session-dirs.ts';
import { createTranscriptStore } from '../agent-process/transcript-store.ts';
import type { ProcessState } from './to-resource.ts';
import type { Slot } from './process-slots.ts';
import type { SessionDeps } from './session-deps.ts';
import { stampEvent } from './stamp-event.ts';

/** What a process is started with, read when its place is granted. */
export interface ProcessDescription {
  agentSessionId: string;
  resume: boolean;
  model: string | undefined;
  planMode: boolean;
}

export interface SessionProcessOptions {
  sessionId: string;
  ownerId: string;
  dirs: SessionDirs;
  describe(): Promise<ProcessDescription>;
  announce(events: SessionEvent[]): void;
  canUseTool: CanUseTool;
  beforeToolUse: HookCallback;
  onMessage(message: SDKMessage): Promise<void>;
  /** The process has ended, or could not be started; a new one can be asked for at once. */
  onExit(exit: ProcessExit): void;
  onStateChange(): void;
}

/** One attempt to have a process, from waiting for a place until its end. */
interface Attempt {
  agent: AgentProcess | undefined;
  ready: boolean;
  /** Aborted when it is to end; also a place that it waits for is given up. */
  cancel: AbortController;
}

/** The process side of a session: has none, waits for one, or has one. What is sent meanwhile waits in order. */
export class SessionProcess {
  readonly #deps: SessionDeps;
  readonly #options: SessionProcessOptions;
  #attempt: Attempt | undefined;
  #ending: Promise<void> = Promise.resolve();
  #outbox: AgentInput[] = [];

  constructor(deps: SessionDeps, options: SessionProcessOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get state(): ProcessState {
    if (this.#attempt === undefined) return 'none';
    return this.#attempt.ready ? 'live' : 'starting';
  }

  /** CLAUDE_CONFIG_DIR of the process; the session's own folder while there is none. */
  get configDir(): string {
    return this.#attempt?.agent?.configDir ?? this.#options.dirs.config;
  }

  get pid(): number | undefined {
    return this.#attempt?.agent?.pid;
  }

  /** Has a process started, if there is none. Returns at once. */
  ensure(): void {
    if (this.#attempt !== undefined) return;
    const attempt: Attempt = { agent: undefined, ready: false, cancel: new AbortController() };
    this.#attempt = attempt;
    this.#options.onStateChange();
    void this.#run(attempt);
  }

  /** Hands a message to the process, starting one if needed. */
  send(input: AgentInput): void {
    this.ensure();
    if (this.#attempt?.agent) this.#attempt.agent.send(input);
    else this.#outbox.push(input);
  }

  async interrupt(): Promise<void> {
    await this.#attempt?.agent?.interrupt();
  }

  async setModel(model: string | undefined): Promise<void> {
    await this.#attempt?.agent?.setModel(model);
  }

  async setPlanMode(active: boolean): Promise<void> {
    await this.#attempt?.agent?.setPlanMode(active);
  }

  /** Ends the process, if there is one; resolves when all of it is gone. `onExit` is not called. */
  async close(): Promise<void> {
    const attempt = this.#attempt;
    this.#outbox = [];
    if (attempt) {
      attempt.cancel.abort();
      this.#clear(attempt);
      await attempt.agent?.close();
    }
    await this.#ending;
  }

  async #run(attempt: Attempt): Promise<void> {
    let finish: () => void = () => undefined;
    const before = this.#ending;
    this.#ending = new Promise((resolve) => {
      finish = resolve;
    });
    await before;
    const { sessionId } = this.#options;
    let slot: Slot | undefined;
    let token: string | undefined;
    let exited: Promise<ProcessExit> | undefined;
    try {
      slot = await this.#deps.slots.acquire({
        onPosition: (position) => {
          if (!attempt.cancel.signal.aborted) this.#announce({ type: 'session.process_queued', position });
        },
        signal: attempt.cancel.signal,
      });
      if (attempt.cancel.signal.aborted) return;
      const startedAt = this.#deps.clock.now();
      this.#announce({ type: 'session.process_starting' });
      const description = await this.#options.describe();
      token = this.#deps.tokens.issue({ sessionId, ownerId: this.#options.ownerId });
      const started = this.#createAgent(description, token);
      exited = started.exited;
      attempt.agent = started.agent;
      for (const input of this.#outbox.splice(0)) started.agent.send(input);
      if (attempt.cancel.signal.aborted) void started.agent.close();
      await started.agent.start();
      attempt.ready = true;
      if (!attempt.cancel.signal.aborted) {
        const duration = Math.round(this.#deps.clock.now() - startedAt);
        this.#announce({
          type: 'session.process_ready',
          start: description.resume ? 'resumed' : 'cold',
          duration_ms: duration,
        });
        this.#options.onStateChange();
      }
      this.#report(attempt, await exited);
    } catch (error) {
      await attempt.agent?.close();
      this.#report(attempt, { expected: false, reason: toReason(error) });
    } finally {
      if (token !== undefined) this.#deps.tokens.revoke(token);
      slot?.release();
      finish();
    }
  }

  #createAgent(description: ProcessDescription, token: string): { agent: AgentProcess; exited: Promise<ProcessExit> } {
    const { dirs, sessionId } = this.#options;
    const { promise: exited, resolve: onExit } = Promise.withResolvers<ProcessExit>();
    const environment = toAgentEnvironment({
      dirs,
      gatewayUrl: this.#deps.gatewayUrl,
      token,
      path: this.#deps.agentPath,
      marker: `${this.#deps.nodeId}/${sessionId}`,
    });
    const agent = new AgentProcess({
      profile: { dirs, environment, ...description },
      launcher: this.#deps.launcher,
      sessionStore: createTranscriptStore(this.#deps.store.transcripts),
      canUseTool: this.#options.canUseTool,
      beforeToolUse: this.#options.beforeToolUse,
      logger: this.#deps.logger.child({ session_id: sessionId }),
      onMessage: this.#options.onMessage,
      onExit,
    });
    return { agent, exited };
  }

  #report(attempt: Attempt, exit: ProcessExit): void {
    if (attempt.cancel.signal.aborted) return;
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

function toReason(error: unknown): string {
  if (error instanceof CspError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
