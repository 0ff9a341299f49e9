import type { CanUseTool, HookCallback } from '@anthropic-ai/claude-agent-sdk';
import type { PermissionMode, RuleSubject, SessionEvent } from '@claude-sdk-pattern/protocol';

import { toMcpDisplayName, type McpTool } from '../definitions/mcp-tool-name.ts';
import type { Clock } from '../lib/clock.ts';
import type { PermissionGate } from '../permissions/gate.ts';
import { toApprovalTitle, type ApprovalAnswer, type PendingApproval } from '../permissions/pending-approvals.ts';
import { toSessionRule, type CallRule } from '../permissions/session-rule.ts';
import { classifyTool } from '../permissions/tool-class.ts';
import type { Store, StoreTransaction } from '../store/port.ts';
import { stampEvent } from './stamp-event.ts';
import type { ToolUseIndex } from './tool-use-index.ts';

export interface SessionApprovalsDeps {
  sessionId: string;
  store: Pick<Store, 'approvals'>;
  clock: Clock;
  gate: PermissionGate;
  toolUses: ToolUseIndex;
  rules: Pick<ReadonlyMap<string, unknown>, 'has'>;
  /** The server and tool behind a name of the CLI, as people know them. */
  findMcpTool(toolName: string): McpTool | undefined;
  mode(): PermissionMode;
  /** Of the turn; `ending` when it was told to stop or its process is going, which ends what waits as well. */
  turnState(): 'idle' | 'running' | 'ending';
  /** Whether the message with the calls is still coming. */
  isRequestOpen(): boolean;
  append(
    events: readonly SessionEvent[],
    options?: { within: (transaction: StoreTransaction) => Promise<void> },
  ): Promise<number>;
  /** Runs in the session's turn, in order; what fails there makes the session unservable. */
  enqueue(work: () => Promise<void>): void;
}

/** How long approvals wait for others of the same message. */
const GATHERING_MS = 25;

/** What an agent process asks before its tools run, and the people's answers to it. */
export class SessionApprovals {
  readonly #deps: SessionApprovalsDeps;
  readonly #pending = new Map<string, PendingApproval>();
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
    const { permission } = this.#deps.gate.evaluate(toolName, input);
    const mayPass = permission === 'allow' && this.#deps.mode() === 'bypassPermissions';
    if (mayPass) return { behavior: 'allow', updatedInput: input };
    const eventId = await this.#deps.toolUses.waitFor(toolUseID, signal);
    const rule = this.#toSubject(toolName, this.#deps.gate.evaluate(toolName, input).rule);
    const answer = await new Promise<ApprovalAnswer>((settle) => {
      const approval = { eventId, toolUseId: toolUseID, toolName, input, rule, settle };
      this.#deps.enqueue(async () => this.#request(approval));
      const takeBack = () => {
        settle({ result: 'deny', message: 'The call was taken back before it was answered' });
        this.#deps.enqueue(() => this.#closeTakenBack(approval));
      };
      if (signal.aborted) takeBack();
      else signal.addEventListener('abort', takeBack, { once: true });
    });
    switch (answer.result) {
      case 'allow':
        return { behavior: 'allow', updatedInput: answer.answers ? { ...input, answers: answer.answers } : input };
      case 'deny':
        return { behavior: 'deny', message: answer.message };
      case 'cancelled':
        return { behavior: 'deny', message: 'The turn was interrupted', interrupt: true };
    }
  };

  readonly beforeToolUse: HookCallback = async (call) => {
    if (call.hook_event_name !== 'PreToolUse') return {};
    const input = typeof call.tool_input === 'object' && call.tool_input !== null ? { ...call.tool_input } : {};
    const { permission, reason } = this.#deps.gate.evaluate(call.tool_name, input);
    if (permission === 'allow' && this.#isAlsoCheckedByCli(call.tool_name, input)) return {};
    return {
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: permission,
        permissionDecisionReason: reason,
      },
    };
  };

  /** Whether people can know of it, because it is stored. */
  isAnnounced(approval: PendingApproval): boolean {
    return !this.#unannounced.includes(approval);
  }

  settle(approval: PendingApproval, answer: ApprovalAnswer): void {
    this.#pending.delete(approval.eventId);
    approval.settle(answer);
  }

  /** Nobody can answer any more, also what a dead server left. */
  async cancelAll(reason: 'interrupted' | 'process_ended'): Promise<void> {
    for (const approval of this.#pending.values()) this.settle(approval, { result: 'cancelled' });
    const cancelled = await this.#deps.store.approvals.cancelPending(this.#deps.sessionId);
    if (cancelled.length === 0) return;
    await this.#deps.append(
      cancelled.map(({ id }) => this.#stamp({ type: 'session.approval_cancelled', event_id: id, reason })),
    );
  }

  /** Lets go of the process; what is durable stays for whoever takes the session up. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const approval of this.#pending.values()) approval.settle({ result: 'cancelled' });
  }

  /** Where only reading is at stake the CLI's own check comes on top of ours. */
  #isAlsoCheckedByCli(toolName: string, input: Record<string, unknown>): boolean {
    if (this.#deps.mode() === 'bypassPermissions' || !['read', 'shell'].includes(classifyTool(toolName))) return false;
    const rule = toSessionRule(toolName, input);
    return rule === undefined || !this.#deps.rules.has(rule.rule);
  }

  #request(approval: PendingApproval): void {
    this.#pending.set(approval.eventId, approval);
    this.#unannounced.push(approval);
    this.#gather();
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
        reason: this.#deps.gate.evaluate(approval.toolName, approval.input).reason,
        session_rule: approval.rule?.rule ?? null,
        rule: approval.rule ?? null,
      }),
    );
    await this.#deps.append([...requests, this.#toStatus([...this.#pending.values()])], {
      within: async ({ approvals }) => {
        for (const { eventId, toolUseId, input, ...approval } of fresh) {
          const toolName = this.#toShownName(approval.toolName);
          await approvals.open({ id: eventId, sessionId: this.#deps.sessionId, toolUseId, toolName, input });
        }
      },
    });
  }

  /** The agent ended the call by itself and goes on: nobody needs to answer any more. */
  async #closeTakenBack({ eventId }: PendingApproval): Promise<void> {
    if (this.#closed || this.#deps.turnState() === 'ending' || !this.#pending.delete(eventId)) return;
    const cancelled = this.#stamp({ type: 'session.approval_cancelled', event_id: eventId, reason: 'withdrawn' });
    const wasAnnounced = !this.#unannounced.some((approval) => approval.eventId === eventId);
    if (!wasAnnounced) return;
    const waiting = [...this.#pending.values()].filter((approval) => this.isAnnounced(approval));
    await this.#deps.append([cancelled, this.#toStatus(waiting)], {
      within: async ({ approvals }) => {
        await approvals.resolve(eventId, { state: 'cancelled', decidedBy: null });
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
    const event_ids = waiting.map(({ eventId }) => eventId);
    const isWaiting = event_ids.length > 0;
    if (!isWaiting && this.#deps.turnState() === 'running') return this.#stamp({ type: 'session.status_running' });
    const stop_reason = isWaiting ? ({ type: 'requires_action', event_ids } as const) : ({ type: 'end_turn' } as const);
    return this.#stamp({ type: 'session.status_idle', stop_reason, stop_details: null });
  }

  #stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }
}
