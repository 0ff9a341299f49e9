import type { CanUseTool } from '@anthropic-ai/claude-agent-sdk';
import type { RuleSubject, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { ToolCallBlock } from './tool-call-block.ts';
import { toMcpDisplayName, type McpTool } from '../definitions/mcp-tool-name.ts';
import type { Clock } from '../lib/clock.ts';
import { toApprovalTitle, type ApprovalAnswer, type PendingApproval } from './pending-approvals.ts';
import type { CallRule } from './session-rule.ts';
import type { ToolDecisions } from './tool-decisions.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { ToolUseIndex } from './tool-use-index.ts';
import { toWaitingStatus } from './waiting-status.ts';

export interface SessionApprovalsDeps {
  sessionId: string;
  store: Pick<Store, 'approvals'>;
  clock: Clock;
  decisions: ToolDecisions;
  toolUses: ToolUseIndex;
  /** The server and tool behind a name of the CLI, as people know them. */
  findMcpTool(toolName: string): McpTool | undefined;
  /** Of the turn; `ending` when it was told to stop or its process is going, which ends what waits as well. */
  turnState(): 'idle' | 'running' | 'ending';
  /** Whether the model message with the calls is still streaming. */
  isRequestOpen(): boolean;
  append(
    events: readonly SessionEvent[],
    options?: { within: (transaction: StoreTransaction) => Promise<void> },
  ): Promise<number>;
  /** Runs in the session's turn, in order; what fails there makes the session unservable. */
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
}

/**
 * What an agent process asks before its tools run, and the people's answers to it. People are asked about all calls of a
 * message at once; the CLI asks one after the other where calls must not run together, and then finds the answer here.
 */
export class SessionApprovals {
  readonly #deps: SessionApprovalsDeps;
  readonly #pending = new Map<string, PendingApproval>();
  /** Calls by the CLI's tool use id. */
  readonly #calls = new Map<string, AskedCall>();
  #unannounced: PendingApproval[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(deps: SessionApprovalsDeps) {
    this.#deps = deps;
  }

  /** Those that wait for an answer, by the id of their event. */
  get pending(): ReadonlyMap<string, PendingApproval> {
    return this.#pending;
  }

  readonly canUseTool: CanUseTool = async (toolName, input, { toolUseID, signal }) => {
    const { permission, reason } = this.#deps.decisions.enforce(toolUseID, { toolName, input });
    // The hook has told the CLI so already; what it asks on top is decided as it is shown.
    const allow = (updatedInput: Record<string, unknown>) => {
      this.#deps.decisions.permit(toolUseID, toolName, updatedInput);
      return { behavior: 'allow', updatedInput } as const;
    };
    if (permission === 'allow') return allow(input);
    if (permission === 'deny') return { behavior: 'deny', message: reason };
    const eventId = await this.#deps.toolUses.waitFor(toolUseID, signal);
    const call = this.#calls.get(toolUseID) ?? this.#ask({ toolUseId: toolUseID, toolName, input }, { id: eventId });
    call.isAwaited = true;
    const takeBack = () => {
      call.approval.settle({ result: 'deny', message: 'The agent cancelled the call before it was answered' });
      this.#deps.enqueue(() => this.#closeTakenBack([call.approval]));
    };
    if (signal.aborted) takeBack();
    else signal.addEventListener('abort', takeBack, { once: true });
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

  /** Asks people about a call whose event is stored, before the CLI does. */
  readonly ask = (call: ToolCallBlock, event: CallEvent): void => {
    this.#ask(call, event);
  };

  /** The call has its result: nobody needs to answer any more. */
  readonly noteDone = async (toolUseId: string): Promise<void> => {
    const call = this.#calls.get(toolUseId);
    this.#calls.delete(toolUseId);
    if (call) await this.#closeTakenBack([call.approval]);
  };

  /**
   * What the CLI does not wait for will not be made any more: the model was asked anew, such as after a stream that
   * broke, or the turn has ended. `threadId` null stands for the session's own agent, undefined for all.
   */
  readonly dropUnawaited = async (threadId?: null): Promise<void> => {
    const calls = [...this.#calls].filter(
      ([, { isAwaited, approval }]) => !isAwaited && (threadId === undefined || approval.threadId === threadId),
    );
    for (const [toolUseId] of calls) this.#calls.delete(toolUseId);
    await this.#closeTakenBack(calls.map(([, { approval }]) => approval));
  };

  /** Whether the approval's event is stored, so that clients know of the approval. */
  readonly isAnnounced = (approval: PendingApproval): boolean => !this.#unannounced.includes(approval);

  settle(approval: PendingApproval, answer: ApprovalAnswer): void {
    this.#pending.delete(approval.eventId);
    approval.settle(answer);
  }

  /** Cancels all pending approvals, including those left by a dead server. */
  async cancelAll(reason: 'interrupted' | 'process_ended'): Promise<void> {
    for (const approval of this.#pending.values()) this.settle(approval, { result: 'cancelled' });
    this.#calls.clear();
    const cancelled = await this.#deps.store.approvals.cancelPending(this.#deps.sessionId);
    if (cancelled.length === 0) return;
    await this.#deps.append(
      cancelled.map(({ id }) => this.#stamp({ type: 'session.approval_cancelled', event_id: id, reason })),
    );
  }

  /** Detaches from the process. Stored approvals stay for the server that opens the session next. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const approval of this.#pending.values()) approval.settle({ result: 'cancelled' });
  }

  #ask({ toolUseId, toolName, input }: ToolCallBlock, event: CallEvent): AskedCall {
    const { promise: answer, resolve: settle } = Promise.withResolvers<ApprovalAnswer>();
    const { reason, rule } = this.#deps.decisions.decide(toolUseId, toolName, input);
    const approval: PendingApproval = {
      ...{ eventId: event.id, toolUseId, toolName, input, reason, settle },
      threadId: event.session_thread_id ?? null,
      rule: this.#toSubject(toolName, rule),
    };
    const call = { approval, answer, isAwaited: false };
    this.#calls.set(toolUseId, call);
    this.#deps.enqueue(async () => {
      // Its result may have come meanwhile.
      if (this.#closed || this.#calls.get(toolUseId) !== call) return;
      this.#pending.set(approval.eventId, approval);
      this.#unannounced.push(approval);
      this.#gather();
    });
    return call;
  }

  /** Parallel calls ask one by one while their message is still coming; they are announced together. */
  #gather(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#deps.isRequestOpen()) this.#gather();
      else this.#deps.enqueue(() => this.#announce());
    }, GATHERING_MS);
  }

  async #announce(): Promise<void> {
    const fresh = this.#unannounced.filter((approval) => this.#pending.has(approval.eventId));
    this.#unannounced = [];
    if (fresh.length === 0) return;
    const requests = fresh.map((approval) =>
      this.#stamp({
        type: 'session.approval_requested',
        event_id: approval.eventId,
        tool_name: this.#toShownName(approval.toolName),
        title: toApprovalTitle(approval.toolName),
        reason: approval.reason,
        session_rule: approval.rule?.rule ?? null,
        rule: approval.rule ?? null,
      }),
    );
    await this.#deps.append([...requests, this.#toStatus([...this.#pending.values()])], {
      within: async ({ approvals }) => {
        for (const { eventId, toolUseId, input, ...approval } of fresh) {
          const toolName = this.#toShownName(approval.toolName);
          await approvals.open({
            ...{ id: eventId, sessionId: this.#deps.sessionId, toolUseId, toolName, input: { ...input } },
          });
        }
      },
    });
  }

  /** The agent ended the calls by itself and goes on: nobody needs to answer any more. */
  async #closeTakenBack(approvals: readonly PendingApproval[]): Promise<void> {
    if (this.#closed || this.#deps.turnState() === 'ending') return;
    const open = approvals.filter(({ eventId }) => this.#pending.delete(eventId));
    const announced = open.filter((approval) => this.isAnnounced(approval));
    if (announced.length === 0) return;
    const cancelled = announced.map(({ eventId }) =>
      this.#stamp({ type: 'session.approval_cancelled', event_id: eventId, reason: 'withdrawn' }),
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

  #toSubject(toolName: string, rule: CallRule | undefined): RuleSubject | undefined {
    const mcp_server_name = this.#deps.findMcpTool(toolName)?.server ?? null;
    return rule && { ...rule, tool_name: this.#toShownName(toolName), mcp_server_name };
  }

  #toShownName(toolName: string): string {
    const mcp = this.#deps.findMcpTool(toolName);
    return mcp === undefined ? toolName : toMcpDisplayName(mcp);
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
