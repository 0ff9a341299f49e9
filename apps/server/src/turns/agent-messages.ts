import type { ToolCallBlock } from '../permissions/tool-call-block.ts';
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import {
  createId,
  hideTexts,
  type BackgroundTask,
  type BackgroundTaskEndReason,
  type HiddenText,
  type PreviewEvent,
  type SessionEvent,
} from '@claude-sdk-pattern/protocol';

import { listRunning } from '../agent-process/translate/background-tasks.ts';
import { closeToolUses } from '../agent-process/translate/close-tool-uses.ts';
import { closeRequest } from '../agent-process/translate/model-request.ts';
import { translate } from '../agent-process/translate/translate.ts';
import type { Translation, TranslationContext, TranslationSignal } from '../agent-process/translate/translation.ts';
import {
  INITIAL_STATE,
  type KnownToolUse,
  type TranslationState,
} from '../agent-process/translate/translation-state.ts';
import type { McpTool } from '../definitions/mcp-tool-name.ts';
import type { Clock } from '../lib/clock.ts';
import type { ToolDecisions } from '../permissions/tool-decisions.ts';
import { toTasksEnd } from './lost-tasks.ts';
import { PreviewMask } from '../secrets/preview-mask.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ToolUseIndex } from '../permissions/tool-use-index.ts';

/** The signals that the session handles; `AgentMessages` handles the others. */
export type SessionSignal = Extract<
  TranslationSignal,
  { type: 'turn_ended' | 'plan_mode' | 'give_up' | 'task_reported' }
>;

export interface AgentMessagesOptions {
  clock: Clock;
  logger: Logger;
  decisions: ToolDecisions;
  toolUses: ToolUseIndex;
  findMcpTool(toolName: string): McpTool | undefined;
  findPlugin: TranslationContext['findPlugin'];
  findHookPlugin: TranslationContext['findHookPlugin'];
  findCustomTool: TranslationContext['findCustomTool'];
  isAnswered: TranslationContext['isAnswered'];
  takeKeptResult: TranslationContext['takeKeptResult'];
  workspaceDir(): string;
  /** Secrets that are hidden in what the agent and its tools say. */
  hidden(): readonly HiddenText[];
  /** Called before the event of a call is stored. */
  onDecided(call: ToolCallBlock, eventId: string): void;
  onEvents(events: SessionEvent[]): Promise<void>;
  onPreview(event: PreviewEvent): void;
  onSignal(signal: SessionSignal): Promise<void>;
  /** A call whose event is stored now waits for a person. */
  onAsk(call: ToolCallBlock, event: { id: string; session_thread_id?: string | null }): void;
  onToolDone(toolUseId: string): Promise<void>;
  /** The session's own agent sends a new model request, so it cannot make any earlier call any more. */
  onRequestStart(): Promise<void>;
}

/** The most types of skipped messages that the log names. */
const MAX_SKIPPED_TYPES = 100;
const MAX_TYPE_CHARS = 100;

/** Translates messages of a process to events, previews and signals, in order. The caller queues the messages. */
export class AgentMessages {
  readonly #options: AgentMessagesOptions;
  readonly #skippedTypes = new Set<string>();
  readonly #previews = new PreviewMask();
  #translation: TranslationState = INITIAL_STATE;
  /** The id of a message that the journal has, and whether its stream comes next or is coming. */
  #replay: { id: string; state: 'expected' | 'open' | 'over' } | undefined;

  constructor(options: AgentMessagesOptions) {
    this.#options = options;
  }

  /** Whether a model message is still streaming. */
  get isRequestOpen(): boolean {
    return this.#translation.request !== null;
  }

  /** A process makes these calls again, which the journal has; so it has the message with this id. */
  expectReplay(messageId: string, calls: readonly KnownToolUse[]): void {
    this.#replay = { id: messageId, state: 'expected' };
    const toolUses = new Map(calls.map((call) => [call.toolUseId, call]));
    this.#translation = { ...INITIAL_STATE, toolUses };
    for (const { toolUseId, event } of calls) this.#options.toolUses.set(toolUseId, event.id);
  }

  async handle(message: SDKMessage): Promise<void> {
    if (this.#isReplayed(message)) return;
    const translation = this.#translate(message);
    if (translation === undefined) return;
    const { state } = translation;
    const outputs = this.#toShown(translation.outputs);
    this.#translation = state;
    for (const output of outputs) {
      if (output.kind !== 'signal' || output.signal.type !== 'tool_use') continue;
      this.#options.onDecided(output.signal.call, output.signal.event.id);
    }
    let batch: SessionEvent[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      const events = batch;
      batch = [];
      await this.#options.onEvents(events);
    };
    for (const output of outputs) {
      if (output.kind === 'event') {
        if (output.event.type === 'span.model_request_start') {
          await flush();
          await this.#options.onRequestStart();
        }
        batch.push(output.event);
        continue;
      }
      await flush();
      if (output.kind === 'preview') this.#options.onPreview(output.event);
      else await this.#handleSignal(output.signal);
    }
    await flush();
  }

  #isReplayed(message: SDKMessage): boolean {
    const replay = this.#replay;
    if (replay === undefined) return false;
    if (message.type === 'assistant') return message.message.id === replay.id;
    if (replay.state === 'expected' && message.type === 'system') {
      return message.subtype === 'status' && message.status === 'requesting';
    }
    if (message.type !== 'stream_event' || message.parent_tool_use_id !== null) return false;
    const { event } = message;
    if (event.type === 'message_start' && replay.state === 'expected') {
      replay.state = event.message.id === replay.id ? 'open' : 'over';
    }
    const isOfReplay = replay.state === 'open';
    if (event.type === 'message_stop' && isOfReplay) replay.state = 'over';
    return isOfReplay;
  }

  /** The tasks that run beside the conversation, oldest first. */
  get backgroundTasks(): BackgroundTask[] {
    return listRunning(this.#translation);
  }

  /** For the end of the process: returns the event that ends the tasks beside the conversation, if there are any. */
  endTasks(reason: BackgroundTaskEndReason): SessionEvent[] {
    const tasks = this.backgroundTasks;
    this.#translation = { ...this.#translation, started: new Map() };
    return toTasksEnd(this.#options.clock, { tasks, reason });
  }

  /** For the end of the process: returns the events that close its open requests and calls in the journal. */
  reset(): SessionEvent[] {
    const context = this.#context();
    const request = closeRequest(this.#translation, context, { isError: true });
    const calls = closeToolUses(request.state, context);
    this.#translation = INITIAL_STATE;
    this.#replay = undefined;
    const outputs = this.#toShown([...request.outputs, ...calls.outputs]);
    this.#previews.clear();
    return outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []));
  }

  /** What people see, without secrets. Signals stay: they are not stored. */
  #toShown(outputs: Translation['outputs']): Translation['outputs'] {
    const hidden = this.#options.hidden();
    if (hidden.length === 0) return outputs;
    return outputs.flatMap((output): Translation['outputs'] => {
      if (output.kind === 'signal') return [output];
      if (output.kind === 'event') {
        this.#previews.end(output.event.id);
        return [{ ...output, event: hideTexts(output.event, hidden) }];
      }
      const event = this.#previews.mask(output.event, hidden);
      return event === undefined ? [] : [{ ...output, event }];
    });
  }

  /**
   * A message that cannot be translated is skipped and the session continues: a program of the agent may have written
   * it.
   */
  #translate(message: SDKMessage): Translation | undefined {
    try {
      return translate(this.#translation, message, this.#context());
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a message of the agent process could not be translated');
      return undefined;
    }
  }

  async #handleSignal(signal: TranslationSignal): Promise<void> {
    const { logger, toolUses, decisions, onSignal } = this.#options;
    switch (signal.type) {
      case 'turn_ended':
      case 'plan_mode':
      case 'give_up':
      case 'task_reported':
        await onSignal(signal);
        return;
      case 'tool_use':
        if (waits(signal.event)) this.#options.onAsk(signal.call, signal.event);
        toolUses.set(signal.call.toolUseId, signal.event.id);
        return;
      case 'tool_done':
        decisions.forget(signal.toolUseId);
        await this.#options.onToolDone(signal.toolUseId);
        return;
      case 'transcript_lost':
        logger.error({ reason: signal.message }, 'part of a transcript was not stored');
        return;
      case 'unknown_message':
      case 'unusable_message':
        this.#logSkipped(signal.type, signal.messageType.slice(0, MAX_TYPE_CHARS));
        return;
    }
  }

  /** Logs each type once. */
  #logSkipped(kind: string, messageType: string): void {
    const known = `${kind} ${messageType}`;
    if (this.#skippedTypes.has(known) || this.#skippedTypes.size >= MAX_SKIPPED_TYPES) return;
    this.#skippedTypes.add(known);
    this.#options.logger.warn({ kind, message_type: messageType }, 'a message of the agent process was left out');
  }

  #context(): TranslationContext {
    const { clock, decisions, findMcpTool, findPlugin, findCustomTool, isAnswered } = this.#options;
    const { takeKeptResult, workspaceDir } = this.#options;
    return {
      newEventId: () => createId('sevt', clock.now()),
      newThreadId: () => createId('thrd', clock.now()),
      nowMs: clock.now(),
      decide: ({ toolUseId, toolName, input }) => decisions.decide(toolUseId, toolName, input),
      findDenial: (toolUseId) => decisions.findDenial(toolUseId),
      findHookPlugin: this.#options.findHookPlugin,
      findMcpTool,
      findPlugin,
      findCustomTool,
      isAnswered,
      takeKeptResult,
      mask: (text) => hideTexts(text, this.#options.hidden()),
      workspaceDir: workspaceDir(),
    };
  }
}

/** Whether a person, or the program of the client, has to answer the call. */
function waits(event: KnownToolUse['event']): boolean {
  return event.type === 'agent.custom_tool_use' || event.evaluated_permission === 'ask';
}
