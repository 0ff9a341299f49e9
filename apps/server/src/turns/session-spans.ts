import type { SpanContext } from '@opentelemetry/api';
import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import { toCallOf, type ToolResultEvent, type ToolUseEvent } from '../journal/tool-call-events.ts';
import type { Session } from '../store/sessions.ts';
import { OF_CLAUDE, toTokens } from '../telemetry/gen-ai-attributes.ts';
import type { ActiveSpan, Tracing } from '../telemetry/tracing.ts';

/** More messages than that do not wait for their turn. */
const MAX_WAITING = 200;
/** What the process of the session says may come seconds after a turn. */
const MAX_ENDED = 16;

/** A turn, and how its process calls it: Claude Code begins a trace of its own for each (2.1.332). */
interface TracedTurn {
  number: number;
  span: ActiveSpan;
}

/**
 * The turns of a session as spans, made of the events that are stored: the turn, within it the start of its process and its
 * tool calls, and within a call its wait for approval.
 */
export class SessionSpans {
  readonly #tracing: Tracing;
  readonly #session: () => Session;
  #turn: TracedTurn | undefined;
  #start: ActiveSpan | undefined;
  readonly #tools = new Map<string, ActiveSpan>();
  readonly #approvals = new Map<string, ActiveSpan>();
  /** What messages that wait are a part of, by their event. */
  readonly #origins = new Map<string, SpanContext>();
  /** By the ids of the process's own traces. */
  readonly #agentTraces = new Map<string, SpanContext>();

  constructor(tracing: Tracing, session: () => Session) {
    this.#tracing = tracing;
    this.#session = session;
  }

  /** Of the turn that runs. */
  get current(): SpanContext | undefined {
    return this.#turn?.span.context;
  }

  /** Of the call of a tool that runs, by its event; otherwise of the turn. */
  findCall(eventId: string | undefined): SpanContext | undefined {
    return (eventId === undefined ? undefined : this.#tools.get(eventId)?.context) ?? this.current;
  }

  /** A model call came that its process counts to this trace of its own. False for one of another turn. */
  noteAgentTrace(traceId: string): boolean {
    if (this.#turn === undefined) return false;
    const known = this.#agentTraces.get(traceId);
    if (known !== undefined) return known === this.#turn.span.context;
    this.#agentTraces.set(traceId, this.#turn.span.context);
    this.#turn.span.set({ 'csp.agent_trace_id': traceId });
    forgetOldest(this.#agentTraces, MAX_ENDED);
    return true;
  }

  /** The turn that a trace of the process belongs to. */
  findTurnOf(agentTraceId: string): SpanContext | undefined {
    return this.#agentTraces.get(agentTraceId);
  }

  /** @param origin What the events are a part of, such as the request that brought them. */
  note(events: readonly SessionEvent[], origin: SpanContext | undefined): void {
    for (const event of events) this.#note(event, origin);
  }

  /** The session is not in memory any more. */
  close(): void {
    this.#endTurn('interrupted');
  }

  #note(event: SessionEvent, origin: SpanContext | undefined): void {
    switch (event.type) {
      case 'user.message':
        if (origin !== undefined) this.#origins.set(event.id, origin);
        forgetOldest(this.#origins, MAX_WAITING);
        return;
      case 'session.turn_started':
        this.#beginTurn(event, origin);
        return;
      case 'session.turn_completed':
        this.#turn?.span.set({
          'csp.turn.outcome': event.outcome,
          'csp.turn.cost_usd': event.cost_usd,
          ...toTokens({
            input: event.input_tokens,
            output: event.output_tokens,
            cacheRead: event.cache_read_input_tokens ?? 0,
            cacheWrite: event.cache_creation_input_tokens ?? 0,
          }),
        });
        this.#endTurn(event.outcome);
        return;
      case 'session.process_starting':
        this.#start?.end();
        this.#start = this.#begin('start agent process', this.current ?? origin);
        return;
      case 'session.process_ready':
        this.#start?.set({ 'csp.process.start': event.start });
        this.#start?.end();
        this.#start = undefined;
        return;
      case 'session.process_restarting':
        this.#turn?.span.note('agent process replaced', { 'csp.cause': event.cause ?? 'unknown' });
        return;
      case 'session.error':
        this.#turn?.span.note('error', { 'error.type': event.error.type });
        return;
      case 'agent.message':
        if (this.#tracing.hasContents)
          this.#turn?.span.set({
            'gen_ai.output.messages': this.#tracing.toContent([{ role: 'assistant', content: event.content }]),
          });
        return;
      case 'agent.tool_use':
      case 'agent.mcp_tool_use':
      case 'agent.custom_tool_use':
        this.#beginCall(event);
        return;
      case 'session.elicitation_requested':
        this.#approvals.set(event.id, this.#begin('wait for answer', this.current));
        return;
      case 'session.approval_requested':
        if (this.#approvals.has(event.event_id)) return;
        this.#approvals.set(event.event_id, this.#begin('wait for approval', this.findCall(event.event_id)));
        return;
      case 'user.tool_confirmation':
        this.#endApproval(event.tool_use_id, event.result);
        return;
      case 'session.approval_cancelled':
        this.#endApproval(event.event_id, event.reason);
        return;
      case 'agent.tool_result':
      case 'agent.mcp_tool_result':
      case 'user.custom_tool_result':
        this.#endCall(event);
        return;
      default:
      // Nothing else takes time.
    }
  }

  #beginTurn(
    { turn, message_ids: ids }: Extract<SessionEvent, { type: 'session.turn_started' }>,
    origin: SpanContext | undefined,
  ): void {
    this.#endTurn('interrupted');
    const session = this.#session();
    const { name } = (session.agent ?? {}) as { name?: unknown };
    const span = this.#tracing.start(typeof name === 'string' ? `invoke_agent ${name}` : 'invoke_agent', {
      parent: ids.map((id) => this.#origins.get(id)).find((found) => found !== undefined) ?? origin ?? null,
      attributes: {
        ...OF_CLAUDE,
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.conversation.id': session.id,
        'gen_ai.agent.id': session.agentId,
        'gen_ai.agent.version': String(session.agentVersion),
        ...(typeof name === 'string' && { 'gen_ai.agent.name': name }),
        ...{ 'user.id': session.ownerId, 'csp.turn.number': turn },
      },
    });
    for (const id of ids) this.#origins.delete(id);
    this.#turn = { number: turn, span };
  }

  #endTurn(outcome: 'completed' | 'interrupted' | 'failed'): void {
    for (const span of [...this.#approvals.values(), ...this.#tools.values()]) span.end();
    this.#approvals.clear();
    this.#tools.clear();
    this.#turn?.span.end({ error: outcome === 'failed' ? 'turn_failed' : undefined });
    this.#turn = undefined;
  }

  #beginCall(event: ToolUseEvent): void {
    const span = this.#tracing.start(`execute_tool ${event.name}`, {
      parent: this.current ?? null,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.conversation.id': this.#session().id,
        'gen_ai.tool.name': event.name,
        'gen_ai.tool.type': 'function',
        'gen_ai.tool.call.id': event.id,
        ...(event.type === 'agent.mcp_tool_use' && { 'csp.mcp_server': event.mcp_server_name }),
        ...(event.session_thread_id != null && { 'csp.thread_id': event.session_thread_id }),
        ...(this.#tracing.hasContents && { 'gen_ai.tool.call.arguments': this.#tracing.toContent(event.input) }),
      },
    });
    this.#tools.set(event.id, span);
  }

  #endCall(event: ToolResultEvent): void {
    const id = toCallOf(event);
    this.#endApproval(id, 'ended');
    const span = this.#tools.get(id);
    this.#tools.delete(id);
    if (this.#tracing.hasContents) span?.set({ 'gen_ai.tool.call.result': this.#tracing.toContent(event.content) });
    const isCut = 'cut_off' in event && event.cut_off;
    span?.end({ error: isCut ? 'cancelled' : event.is_error === true ? 'tool_error' : undefined });
  }

  #endApproval(eventId: string, outcome: string): void {
    const span = this.#approvals.get(eventId);
    this.#approvals.delete(eventId);
    span?.set({ 'csp.approval.outcome': outcome });
    span?.end();
  }

  #begin(name: string, parent: SpanContext | undefined): ActiveSpan {
    return this.#tracing.start(name, {
      parent: parent ?? null,
      attributes: { 'gen_ai.conversation.id': this.#session().id },
    });
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
