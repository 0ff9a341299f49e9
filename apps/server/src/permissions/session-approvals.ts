import { isDeepStrictEqual } from 'node:util';

import type { CanUseTool } from '@anthropic-ai/claude-agent-sdk';
import {
  CspError,
  type EventActor,
  type EventPlugin,
  type HandOver,
  type SessionEvent,
} from '@claude-sdk-pattern/protocol';

import { announceApprovals, tellApprovalAgain, toRuleSubject, type AnnounceDeps } from './announce-approvals.ts';
import type { CustomResults } from './custom-results.ts';
import { assertMayHandOver, assertMayTakeBack } from './assert-may-hand-over.ts';
import { toElicitationAnswer, toElicitationApproval, type Elicitation, type ElicitationAnswer } from './elicitation.ts';
import { findUnanswerable, mayBeUnanswerable, storeHandOvers, toHandOver } from './hand-over-unanswerable.ts';
import { EXPIRED, type ApprovalAnswer, type PendingApproval, type StoredApproval } from './pending-approvals.ts';
import { toCommandOwner } from './command-owner.ts';
import type { ToolCallBlock } from './tool-call-block.ts';
import { classifyTool } from './tool-class.ts';
import type { ToolDecisions } from './tool-decisions.ts';
import type { HookVerdict } from '../hooks/hook-handler.ts';
import type { Store } from '../store/port.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { ToolUseIndex } from './tool-use-index.ts';
import { toWaitingStatus } from './waiting-status.ts';

export interface SessionApprovalsDeps extends AnnounceDeps {
  store: Pick<Store, 'approvals'>;
  decisions: ToolDecisions;
  toolUses: ToolUseIndex;
  customResults: CustomResults;
  /** `ending`: the turn was told to stop or its process is ending, which cancels the pending approvals as well. */
  turnState(): 'idle' | 'running' | 'ending';
  /** Whether the model message with the calls is still streaming. */
  isRequestOpen(): boolean;
  /** Resolves when the calls are in the stored transcript: from then on their approvals outlast the process. */
  whenStored(toolUseIds: readonly string[]): Promise<void>;
  /** Resolves when `turnState` says whether the process has died. Its calls are withdrawn before that. */
  waitForDeath(): Promise<void>;
  /** The plugins with a command that the CLI may have asked about a call of this tool. */
  findCommandPlugins(toolName: string): Promise<readonly { name: string; path: string | null }[]>;
  /** Decides a call whose input a command of a plugin has changed: it is allowed or denied. */
  decideChanged(call: ToolCallBlock, eventId: string, signal: AbortSignal): Promise<HookVerdict>;
  /** The plugin that brings an MCP server; undefined where none does. */
  findPluginOfServer(server: string): EventPlugin | undefined;
  /** Runs work in the session's order; after a failure the session is evicted from memory. */
  enqueue(work: () => Promise<void>): void;
}

/** A tool call whose event is stored. */
interface CallEvent {
  id: string;
  session_thread_id?: string | null;
}

/** How long approvals wait for others of the same message. */
const GATHERING_MS = 25;

/** A call that people are asked about, from its message until its result. */
interface AskedCall {
  approval: PendingApproval;
  answer: Promise<ApprovalAnswer>;
  /** Whether the CLI already waits for the answer. */
  isAwaited: boolean;
  /** Absent while it waits. */
  given?: ApprovalAnswer;
}

/**
 * The approvals of a session: tool calls that people are asked about, and their answers. People are asked about all
 * calls of a message at once. The CLI asks about one call after the other where calls must not run together; by then,
 * people may have answered. Over 300 lines: every way in which a call is asked about, answered or withdrawn changes the
 * same two maps.
 */
export class SessionApprovals {
  readonly #deps: SessionApprovalsDeps;
  readonly #pending = new Map<string, PendingApproval>();
  /** Calls by the CLI's tool use id. */
  readonly #calls = new Map<string, AskedCall>();
  #unannounced: PendingApproval[] = [];
  /** Resolves when the next are announced. */
  #announcing = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(deps: SessionApprovalsDeps) {
    this.#deps = deps;
  }

  /** Approvals that wait for an answer, by the id of their event. */
  get pending(): ReadonlyMap<string, PendingApproval> {
    return this.#pending;
  }

  readonly canUseTool: CanUseTool = async (toolName, input, { toolUseID, signal, ...asked }) => {
    await this.#noteCommandHook({ toolUseId: toolUseID, toolName }, asked);
    const { permission, reason } = await this.#decide({ toolUseId: toolUseID, toolName, input }, signal);
    // The hook of the policy has decided the call. When the CLI asks as well, it gets the same decision.
    const allow = (updatedInput: Record<string, unknown>) => {
      this.#deps.decisions.permit(toolUseID, toolName, updatedInput);
      return { behavior: 'allow', updatedInput } as const;
    };
    if (permission === 'allow') return allow(input);
    if (permission === 'deny') return { behavior: 'deny', message: reason };
    const eventId = await this.#deps.toolUses.waitFor(toolUseID, signal);
    const call = this.#calls.get(toolUseID) ?? this.#ask({ toolUseId: toolUseID, toolName, input }, { id: eventId });
    call.isAwaited = true;
    const withdraw = () => {
      call.approval.settle({ result: 'deny', message: 'The agent cancelled the call before it was answered' });
      const cancel = () => this.#deps.enqueue(() => this.#cancelWithdrawn([call.approval]));
      // A process that has died withdraws all its calls.
      if (this.isAnnounced(call.approval)) void this.#deps.waitForDeath().then(cancel);
      else cancel();
    };
    if (signal.aborted) withdraw();
    else signal.addEventListener('abort', withdraw, { once: true });
    const answer = await call.answer;
    switch (answer.result) {
      case 'allow':
        return allow(answer.answers ? { ...input, answers: answer.answers } : input);
      case 'deny':
        return { behavior: 'deny', message: answer.message };
      case 'cancelled':
        return { behavior: 'deny', message: 'The turn was interrupted', interrupt: true };
    }
  };

  /**
   * Asks people what an MCP server wants to know. The signal withdraws the question: its server gave it up, or is gone with
   * its process.
   */
  readonly elicit = async (asked: Elicitation, signal: AbortSignal): Promise<ElicitationAnswer> => {
    const { promise: answer, resolve: settle } = Promise.withResolvers<ApprovalAnswer>();
    const fourEyes = this.#runsWithSecondPerson(asked.server);
    const approval = toElicitationApproval(this.#deps.clock, asked, {
      ...{ fourEyes, settle },
      plugin: this.#deps.findPluginOfServer(asked.server),
    });
    const withdraw = () => {
      settle({ result: 'cancelled' });
      const cancel = () => this.#deps.enqueue(() => this.#cancelWithdrawn([approval]));
      void this.#deps.waitForDeath().then(cancel);
    };
    this.#deps.enqueue(async () => {
      if (signal.aborted || this.#closed || this.#deps.turnState() !== 'running') {
        settle({ result: 'cancelled' });
        return;
      }
      signal.addEventListener('abort', withdraw, { once: true });
      this.#pending.set(approval.eventId, approval);
      this.#unannounced.push(approval);
      this.#gather();
    });
    return toElicitationAnswer(await answer);
  };

  /** Takes up calls that were asked about before and that no process has. `answer` of those that were answered since. */
  restore(waiting: readonly (StoredApproval & { answer: ApprovalAnswer | undefined })[]): void {
    this.#pending.clear();
    this.#calls.clear();
    this.#unannounced = [];
    for (const { approval: stored, toolName, input, reason, rule, source, answer: given } of waiting) {
      const { promise: answer, resolve: settle } = Promise.withResolvers<ApprovalAnswer>();
      const { id: eventId, toolUseId, kind } = stored;
      const expiresAt = kind === 'custom_tool' ? null : (stored.expiresAt ?? stored.createdAt);
      const approval: PendingApproval = {
        ...{ kind, eventId, toolUseId, toolName, input, secrets: [], reason, source, settle, threadId: null },
        ...{ terms: undefined, fourEyes: stored.fourEyes, handedOver: stored.handedOver, elicitation: null },
        rule: rule ?? undefined,
        expiresAtMs: expiresAt === null ? Infinity : Date.parse(expiresAt),
      };
      this.#calls.set(toolUseId, { approval, answer, isAwaited: false, ...(given && { given }) });
      if (given === undefined) this.#pending.set(eventId, approval);
      else {
        this.#keepResult(approval, given);
        settle(given);
      }
    }
  }

  /** Asks people about a call whose event is stored, before the CLI does. */
  readonly ask = (call: ToolCallBlock, event: CallEvent): void => {
    this.#ask(call, event);
  };

  /**
   * A hook asks about a call. Where people are being asked, they are told why, and no rule is offered any more. Where somebody
   * has allowed the call before, and was not told of the hook, people are asked again: one answer counts for all who asked by then.
   */
  readonly noteHookQuestion = (toolUseId: string): void => {
    const call = this.#calls.get(toolUseId);
    if (call?.approval.kind !== 'approval') return;
    const { approval, given } = call;
    const { toolName, input, eventId, threadId, reason: before } = approval;
    const { reason, source } = this.#deps.decisions.decide(toolUseId, toolName, input);
    if (given !== undefined) {
      const isTold = isDeepStrictEqual(approval.source, source);
      if (given.result !== 'allow' || isTold || classifyTool(toolName) === 'ask') return;
      this.#calls.delete(toolUseId);
      this.#ask({ toolUseId, toolName, input }, { id: eventId, session_thread_id: threadId }, { isAgain: true });
      return;
    }
    if (reason === before) return;
    Object.assign(approval, { reason, source, rule: undefined });
    this.#deps.enqueue(async () => {
      const isTold = this.#pending.has(approval.eventId) && this.isAnnounced(approval);
      if (isTold && !this.#closed) await tellApprovalAgain(this.#deps, approval);
    });
  };

  /** Withdraws the approval of a call that has its result. */
  readonly noteDone = async (toolUseId: string): Promise<void> => {
    const call = this.#calls.get(toolUseId);
    this.#calls.delete(toolUseId);
    this.#deps.customResults.delete(toolUseId);
    if (call) await this.#cancelWithdrawn([call.approval]);
  };

  /**
   * Withdraws the approvals of calls that the CLI does not wait for. The agent will not make these calls: the model was
   * asked again, such as after a broken stream, or the turn has ended. `threadId` null stands for the session's own
   * agent, undefined for all threads.
   */
  readonly dropUnawaited = async (threadId?: null): Promise<void> => {
    const calls = [...this.#calls].filter(
      ([, { isAwaited, approval }]) => !isAwaited && (threadId === undefined || approval.threadId === threadId),
    );
    for (const [toolUseId] of calls) this.#calls.delete(toolUseId);
    await this.#cancelWithdrawn(calls.map(([, { approval }]) => approval));
  };

  /** Whether the approval's event is stored, so that clients know of the approval. */
  readonly isAnnounced = (approval: PendingApproval): boolean => !this.#unannounced.includes(approval);

  settle(approval: PendingApproval, answer: ApprovalAnswer): void {
    this.#pending.delete(approval.eventId);
    this.#keepResult(approval, answer);
    const call = this.#calls.get(approval.toolUseId);
    if (call?.approval === approval) call.given = answer;
    approval.settle(answer);
  }

  /** Resolves when clients know of the call, and it outlasts the process; at once for a call that does not wait. */
  async whenAnnounced(eventId: string): Promise<void> {
    const approval = this.#pending.get(eventId);
    if (approval !== undefined && !this.isAnnounced(approval)) await this.#announcing.promise;
  }

  /** Whether one of them may not be answered any more. */
  get hasExpired(): boolean {
    const now = this.#deps.clock.now();
    return [...this.#pending.values()].some(({ expiresAtMs }) => expiresAtMs <= now);
  }

  /** Denies those whose time is over. The turn goes on, or waits for the others. */
  async denyExpired(): Promise<void> {
    const now = this.#deps.clock.now();
    const expired = [...this.#pending.values()].filter(({ expiresAtMs }) => expiresAtMs <= now);
    if (expired.length === 0 || this.#closed) return;
    const waiting = [...this.#pending.values()].filter((each) => !expired.includes(each) && this.isAnnounced(each));
    const events = expired.map(({ eventId }) =>
      this.#stamp({ type: 'session.approval_cancelled', event_id: eventId, reason: 'expired' }),
    );
    const { clock } = this.#deps;
    const status =
      waiting.length > 0 ? toWaitingStatus(clock, waiting) : this.#stamp({ type: 'session.status_running' });
    await this.#deps.append([...events, status], {
      within: async ({ approvals }) => {
        for (const { eventId } of expired) await approvals.resolve(eventId, { state: 'denied', decidedBy: null });
      },
    });
    for (const approval of expired) this.settle(approval, EXPIRED);
  }

  /**
   * Puts a call that waits into the hands of the operators, or takes it back with null.
   * @throws CspError `not_found` when no such call waits; `state_conflict` for one that the platform has handed over; what
   * `assertMayHandOver` throws.
   */
  async handOver(eventId: string, { by, handedOver }: { by: EventActor; handedOver: HandOver | null }): Promise<void> {
    const approval = this.#pending.get(eventId);
    if (approval === undefined || approval.kind !== 'approval' || !this.isAnnounced(approval))
      throw new CspError('not_found', `There is no approval ${eventId} that waits`);
    if (approval.handedOver === null && handedOver === null) return;
    if (handedOver !== null) assertMayHandOver(approval, { pending: this.#pending, clock: this.#deps.clock });
    else assertMayTakeBack(approval);
    const type = handedOver === null ? 'session.approval_taken_back' : 'session.approval_handed_over';
    const note = handedOver === null ? {} : { note: handedOver.note };
    await this.#deps.append([this.#stamp({ type, event_id: eventId, actor: by, ...note } as never)], {
      within: async ({ approvals }) => void (await approvals.setHandedOver(eventId, handedOver)),
    });
    approval.handedOver = handedOver;
  }

  /** Whether the operators may have to get one of them. */
  get mayBeUnanswerable(): boolean {
    return [...this.#pending.values()].some(mayBeUnanswerable);
  }

  /** Hands the operators what nobody of the session may allow any more, such as after its manager has left. */
  async handOverUnanswerable(): Promise<void> {
    const announced = [...this.#pending.values()].filter((approval) => this.isAnnounced(approval));
    const left = this.#closed ? [] : await findUnanswerable(this.#deps, announced);
    if (left.length === 0) return;
    const handOvers = left.map((approval) => toHandOver(this.#deps.clock, approval));
    await this.#deps.append(
      handOvers.map(({ event }) => event),
      { within: (transaction) => storeHandOvers(handOvers, transaction) },
    );
    for (const { approval, handedOver } of handOvers) approval.handedOver = handedOver;
  }

  /** Cancels all pending approvals, including those left by a dead server. */
  async cancelAll(reason: 'interrupted' | 'process_ended'): Promise<void> {
    for (const approval of this.#pending.values()) this.settle(approval, { result: 'cancelled' });
    this.#calls.clear();
    const all = await this.#deps.store.approvals.cancelPending(this.#deps.sessionId);
    const cancelled = all.filter(({ kind }) => kind === 'approval');
    if (cancelled.length === 0) return;
    await this.#deps.append(
      cancelled.map(({ id }) => this.#stamp({ type: 'session.approval_cancelled', event_id: id, reason })),
    );
  }

  /**
   * Stored approvals stay for the server that opens the session next. The process gets no answer: it would write it into
   * its transcript.
   */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#announcing.resolve();
  }

  /** Whether a call of the server runs that a second person had to allow. Which of its calls asks people is not known. */
  #runsWithSecondPerson(server: string): boolean {
    const running = [...this.#calls.values()].filter(({ approval }) => !this.#pending.has(approval.eventId));
    return running.some(
      ({ approval }) => approval.fourEyes !== null && this.#deps.findMcpTool(approval.toolName)?.server === server,
    );
  }

  async #decide(call: ToolCallBlock, signal: AbortSignal): Promise<HookVerdict> {
    const { decisions, toolUses } = this.#deps;
    const { toolUseId, toolName, input } = call;
    if (!decisions.isChanged(toolUseId, input)) return decisions.enforce(toolUseId, { toolName, input });
    return this.#deps.decideChanged(call, await toolUses.waitFor(toolUseId, signal), signal);
  }

  /** The CLI asks because of a hook that it runs by itself: the command of a plugin. */
  async #noteCommandHook({ toolUseId, toolName }: Omit<ToolCallBlock, 'input'>, asked: object): Promise<void> {
    const { decisionReasonType, decisionReason } = asked as { decisionReasonType?: unknown; decisionReason?: unknown };
    const reason = typeof decisionReason === 'string' ? decisionReason : '';
    if (decisionReasonType !== 'hook' || !this.#deps.decisions.isOfCommand(toolUseId, reason)) return;
    // The CLI does not say whose command it is.
    const plugins = await this.#deps.findCommandPlugins(toolName);
    const [plugin] = plugins.length === 1 ? plugins : [];
    const plain = plugins.reduce(
      (text, { path }) => (path === null ? text : text.replaceAll(path, '${CLAUDE_PLUGIN_ROOT}')),
      reason,
    );
    const by = `Asked for by a hook of ${toCommandOwner(plugins)}`;
    this.#deps.decisions.tighten(toolUseId, {
      permission: 'ask',
      ...(plugin === undefined
        ? { reason: [by, plain].filter((part) => part !== '').join(': ') }
        : { reason: plain, plugin: plugin.name }),
    });
    this.noteHookQuestion(toolUseId);
  }

  /** What a program has sent, for the process that makes the call. */
  #keepResult(call: PendingApproval, answer: ApprovalAnswer): void {
    if (answer.result === 'allow' && answer.custom !== undefined) this.#deps.customResults.set(call, answer.custom);
  }

  #ask(
    { toolUseId, toolName, input }: ToolCallBlock,
    event: CallEvent,
    { isAgain = false }: { isAgain?: boolean } = {},
  ): AskedCall {
    const { promise: answer, resolve: settle } = Promise.withResolvers<ApprovalAnswer>();
    const { reason, rule, source, terms, secrets } = this.#deps.decisions.decide(toolUseId, toolName, input);
    const isCustom = this.#deps.findCustomTool(toolName) !== undefined;
    const approval: PendingApproval = {
      ...{
        kind: isCustom ? 'custom_tool' : 'approval',
        eventId: event.id,
        toolUseId,
        toolName,
        input,
        reason,
        settle,
        expiresAtMs: Infinity,
      },
      threadId: event.session_thread_id ?? null,
      secrets: secrets?.marks ?? [],
      rule: toRuleSubject(this.#deps, toolName, rule),
      ...{ source, terms, fourEyes: null, handedOver: null, elicitation: null, isAgain },
    };
    const call = { approval, answer, isAwaited: false };
    this.#calls.set(toolUseId, call);
    this.#deps.enqueue(async () => {
      // Meanwhile the call may have got its result.
      if (this.#closed || this.#calls.get(toolUseId) !== call) return;
      this.#pending.set(approval.eventId, approval);
      this.#unannounced.push(approval);
      this.#gather();
    });
    return call;
  }

  /** Waits for the end of the model's message, so that its parallel calls are announced together. */
  #gather(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#deps.isRequestOpen()) this.#gather();
      else void this.#announceOnceStored();
    }, GATHERING_MS);
  }

  async #announceOnceStored(): Promise<void> {
    const calls = this.#unannounced.filter(({ elicitation }) => elicitation === null);
    if (calls.length > 0) await this.#deps.whenStored(calls.map(({ toolUseId }) => toolUseId));
    this.#deps.enqueue(() => this.#announce());
  }

  async #announce(): Promise<void> {
    const fresh = this.#unannounced.filter((approval) => this.#pending.has(approval.eventId));
    this.#unannounced = [];
    const { resolve } = this.#announcing;
    this.#announcing = Promise.withResolvers();
    try {
      if (fresh.length === 0 || this.#closed) return;
      await announceApprovals(this.#deps, fresh, () => this.#toStatus([...this.#pending.values()]));
    } finally {
      resolve();
    }
  }

  /** Cancels approvals of calls that the agent itself withdrew. Its turn continues. */
  async #cancelWithdrawn(approvals: readonly PendingApproval[]): Promise<void> {
    if (this.#closed || this.#deps.turnState() === 'ending') return;
    const open = approvals.filter(({ eventId }) => this.#pending.delete(eventId));
    const announced = open.filter((approval) => this.isAnnounced(approval));
    if (announced.length === 0) return;
    const cancelled = announced.flatMap(({ kind, eventId }) =>
      kind === 'custom_tool'
        ? []
        : [this.#stamp({ type: 'session.approval_cancelled', event_id: eventId, reason: 'withdrawn' })],
    );
    const waiting = [...this.#pending.values()].filter((approval) => this.isAnnounced(approval));
    await this.#deps.append([...cancelled, this.#toStatus(waiting)], {
      within: async (transaction) => {
        for (const { eventId } of announced) {
          await transaction.approvals.resolve(eventId, { state: 'cancelled', decidedBy: null });
        }
      },
    });
  }

  #toStatus(waiting: readonly PendingApproval[]): SessionEvent {
    if (waiting.length > 0) return toWaitingStatus(this.#deps.clock, waiting);
    if (this.#deps.turnState() === 'running') return this.#stamp({ type: 'session.status_running' });
    return this.#stamp({ type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null });
  }

  #stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }
}
