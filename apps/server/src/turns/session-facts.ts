import {
  toFieldName,
  type ElicitationRequestedEvent,
  type SessionEvent,
  type UserToolConfirmationEvent,
} from '@claude-sdk-pattern/protocol';

import { toDigestOf, type JsonObject } from '../audit/canonical-json.ts';
import { ANONYMOUS, SYSTEM, toAuditFact, toFactActor, type Fact, type KeyDetails } from '../audit/fact.ts';
import type { HookVerdict } from '../hooks/hook-handler.ts';
import { isStricter, type SaidVerdict } from '../hooks/strictest-verdict.ts';
import type { Clock } from '../lib/clock.ts';
import { describeCall } from '../permissions/describe-call.ts';
import { toCallOf, type ToolResultEvent, type ToolUseEvent } from '../journal/tool-call-events.ts';
import type { Approval } from '../store/approvals.ts';
import type { AuditFact } from '../store/audit-facts.ts';
import type { Session } from '../store/sessions.ts';

/** Which part of the policy decided a call. */
interface DecidedBy {
  permission: HookVerdict['permission'];
  source?: { layer: string; rule: string | null };
  terms?: { fourEyes: boolean } | undefined;
}

/** A tool call between its event and its result. */
interface Call {
  /** What every fact about it tells. */
  details: JsonObject;
  /** The CLI's id. */
  toolUseId: string | undefined;
  permission: HookVerdict['permission'];
  isRefused: boolean;
  /** When it could begin: when it was decided, or answered. */
  startedAtMs: number;
  askedAtMs: number;
  /** Digest of what people were shown. */
  shown?: string;
}

/** Of an approval: whether a second person has to allow it, and whether operators may answer it. */
type HowAnswered = Pick<Approval, 'fourEyes' | 'handedOver'>;

const MAX_REASON_CHARS = 240;
/** More calls than that never wait for a result at the same time. */
const MAX_CALLS = 1000;

/**
 * What the events of a session are in the audit log: how each tool call was decided, who answered it, how it ended. Inputs
 * and texts are told as digests; what people were asked about, and what was denied, also in short, without secrets.
 */
export class SessionFacts {
  readonly #clock: Clock;
  readonly #calls = new Map<string, Call>();
  /** Of calls whose event is not stored yet. */
  readonly #decisions = new Map<string, { toolUseId: string; decision: DecidedBy }>();
  /** By the CLI's id of the call. */
  readonly #verdicts = new Map<string, SaidVerdict>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How a call was decided whose event is stored next. */
  noteDecision(eventId: string, toolUseId: string, decision: DecidedBy): void {
    keep(this.#decisions, eventId, { toolUseId, decision });
  }

  /** What all hooks together say of a call when the agent is about to make it. */
  noteVerdict(toolUseId: string, verdict: SaidVerdict): void {
    keep(this.#verdicts, toolUseId, verdict);
  }

  /**
   * The facts of events that are about to be stored. `unknown` are answers to calls of an earlier server, whose events
   * have to be looked up; hand them to `tellAnswer`.
   */
  take(
    session: Session,
    events: readonly SessionEvent[],
    credential: KeyDetails = {},
  ): { facts: AuditFact[]; unknown: UserToolConfirmationEvent[] } {
    const facts: AuditFact[] = [];
    const unknown: UserToolConfirmationEvent[] = [];
    const add = (fact: Omit<Fact, 'target'>) => void facts.push(this.#toFact(session, fact));
    for (const event of events) {
      switch (event.type) {
        case 'agent.tool_use':
        case 'agent.mcp_tool_use':
        case 'agent.custom_tool_use':
          add(this.#decide(session, event));
          break;
        case 'session.elicitation_requested': {
          const { id, mcp_server_name: server, mode } = event;
          const details = { event_id: id, tool: `${server}/elicitation`, mode, ...toPlugin(event) };
          this.#open(id, { details, permission: 'ask', toolUseId: undefined });
          break;
        }
        case 'session.approval_requested': {
          const call = this.#calls.get(event.event_id);
          const { tool_name, title, reason, session_rule } = event;
          if (call && event.four_eyes !== undefined) call.details = { ...call.details, four_eyes: true };
          if (call) call.shown = toDigestOf({ ...call.details, tool_name, title, reason, session_rule });
          break;
        }
        case 'user.tool_confirmation':
          if (this.#calls.has(event.tool_use_id)) add(this.#answer(event, credential));
          else unknown.push(event);
          break;
        case 'session.approval_cancelled':
          add(this.#cancel(event));
          break;
        case 'agent.tool_result':
        case 'agent.mcp_tool_result':
        case 'user.custom_tool_result':
          for (const fact of this.#end(session, event, credential)) add(fact);
          break;
        case 'session.approval_handed_over':
        case 'session.approval_taken_back':
          add(this.#toHandOver(event));
          break;
        case 'session.rule_revoked':
          add({
            ...{ actor: { type: 'user', id: event.actor.id }, action: 'rule.revoke' },
            details: { rule_id: event.rule.id, rule_sha256: toDigestOf(event.rule.rule) },
          });
          break;
        default:
        // Nothing else is for the audit log.
      }
    }
    return { facts, unknown };
  }

  /** The answer to a call that this server has not seen; `asked` is its stored event, `approval` its row. */
  tellAnswer(
    session: Session,
    answer: UserToolConfirmationEvent,
    {
      asked,
      approval,
      credential = {},
    }: { asked: SessionEvent | undefined; approval: HowAnswered | undefined; credential?: KeyDetails | undefined },
  ): AuditFact {
    const isCall = asked?.type === 'agent.tool_use' || asked?.type === 'agent.mcp_tool_use';
    const details = {
      ...(isCall ? toAskedDetails(asked) : { event_id: answer.tool_use_id }),
      ...(approval != null && approval.fourEyes !== null && { four_eyes: true }),
      ...(approval != null && approval.handedOver !== null && { handed_over: true }),
    };
    this.#open(answer.tool_use_id, { details, permission: 'ask', toolUseId: undefined });
    return this.#toFact(session, this.#answer(answer, credential));
  }

  #toFact({ id }: Session, fact: Omit<Fact, 'target'>): AuditFact {
    return toAuditFact({ ...fact, target: { type: 'session', id } }, this.#clock.now());
  }

  #open(eventId: string, given: Pick<Call, 'details' | 'permission' | 'toolUseId'>): void {
    const nowMs = this.#clock.now();
    const isRefused = given.permission === 'deny';
    keep(this.#calls, eventId, { ...given, isRefused, startedAtMs: nowMs, askedAtMs: nowMs });
  }

  #decide({ agentId }: Session, event: ToolUseEvent): Omit<Fact, 'target'> {
    const permission = event.type === 'agent.custom_tool_use' ? 'allow' : (event.evaluated_permission ?? 'allow');
    const details = permission === 'allow' ? toCallDetails(event) : toAskedDetails(event);
    const { toolUseId, decision } = this.#decisions.get(event.id) ?? {};
    this.#decisions.delete(event.id);
    this.#open(event.id, { details, permission, toolUseId });
    const actor = { type: 'agent', id: agentId } as const;
    return {
      actor,
      action: 'tool.decide',
      outcome: permission,
      details: {
        ...details,
        ...toSource(decision?.source),
        ...(decision?.terms?.fourEyes === true && { four_eyes: true }),
      },
    };
  }

  #answer(event: UserToolConfirmationEvent, credential: KeyDetails): Omit<Fact, 'target'> {
    const call = this.#calls.get(event.tool_use_id);
    const nowMs = this.#clock.now();
    const details = {
      ...call?.details,
      ...(call?.shown !== undefined && { shown_sha256: call.shown }),
      scope: event.scope ?? 'once',
      waited_ms: nowMs - (call?.askedAtMs ?? nowMs),
      ...credential,
    };
    if (call) Object.assign(call, { startedAtMs: nowMs, isRefused: event.result === 'deny' });
    const actor = event.actor ? ({ type: 'user', id: event.actor.id } as const) : ANONYMOUS;
    return { actor, action: 'approval.answer', outcome: event.result, details };
  }

  #toHandOver(event: Extract<SessionEvent, { type: `session.approval_${'handed_over' | 'taken_back'}` }>) {
    const isHandedOver = event.type === 'session.approval_handed_over';
    const call = this.#calls.get(event.event_id);
    if (call)
      call.details = isHandedOver ? { ...call.details, handed_over: true } : without(call.details, 'handed_over');
    const details = call?.details ?? { event_id: event.event_id };
    const action = isHandedOver ? 'approval.hand_over' : 'approval.take_back';
    return { actor: event.actor === null ? SYSTEM : toFactActor({ userId: event.actor.id }), action, details } as const;
  }

  #cancel(event: { event_id: string; reason: string }): Omit<Fact, 'target'> {
    const call = this.#calls.get(event.event_id);
    if (call) call.isRefused = true;
    const details = { ...(call?.details ?? { event_id: event.event_id }), reason: event.reason };
    const outcome = event.reason === 'expired' ? 'deny' : 'cancelled';
    return { actor: SYSTEM, action: 'approval.answer', outcome, details };
  }

  /** A refused call has a result too, but did not run. */
  #end({ agentId }: Session, event: ToolResultEvent, credential: KeyDetails): Omit<Fact, 'target'>[] {
    const eventId = toCallOf(event);
    const call = this.#calls.get(eventId);
    const verdict = this.#verdicts.get(call?.toolUseId ?? '');
    this.#calls.delete(eventId);
    this.#verdicts.delete(call?.toolUseId ?? '');
    const actor = { type: 'agent', id: agentId } as const;
    const details = call?.details ?? { event_id: eventId };
    const facts: Omit<Fact, 'target'>[] = [];
    // A hook was stricter than what the journal shows, or the call was not the one that was shown.
    if (call && verdict && isStricter(verdict.permission, call.permission))
      facts.push(toHookFact(verdict, details, actor));
    else if (call && verdict?.plugin !== undefined && verdict.permission === 'ask' && call.permission === 'ask')
      facts.push(toHookFact(verdict, details, actor));
    if (call?.isRefused === true || verdict?.permission === 'deny') return facts;
    const denial = toCommandDenial(event);
    if (denial !== undefined) return [...facts, toHookFact(denial, details, actor)];
    const outcome = event.cut_off === true ? 'cancelled' : event.is_error === true ? 'failure' : 'success';
    const duration_ms = call && this.#clock.now() - call.startedAtMs;
    const ran = { actor: toRunner(event) ?? actor, action: 'tool.run', outcome } as const;
    return [...facts, { ...ran, details: { ...details, duration_ms, ...(ran.actor !== actor && credential) } }];
  }
}

/** What a hook said of a call. The reason of a plugin's is told: it is written by the plugin, not by those who use it. */
function toHookFact(verdict: SaidVerdict, details: JsonObject, actor: Fact['actor']): Omit<Fact, 'target'> {
  const { permission, by, plugin, reason } = verdict;
  const said = plugin === undefined ? {} : { reason: reason.slice(0, MAX_REASON_CHARS) };
  return { actor, action: 'tool.decide', outcome: permission, details: { ...details, hook: by, ...said } };
}

/** Of a call that a command hook of a plugin denied in the CLI. */
function toCommandDenial(event: ToolResultEvent): SaidVerdict | undefined {
  const { plugin } = ('denied_by' in event && event.denied_by) || {};
  if (plugin === undefined) return undefined;
  const [said] = event.content ?? [];
  return { permission: 'deny', reason: said?.type === 'text' ? said.text : '', by: plugin, plugin };
}

/** Who has run a custom tool; undefined for every other call. */
function toRunner(event: ToolResultEvent): Fact['actor'] | undefined {
  if (event.type !== 'user.custom_tool_result' || event.actor === undefined) return undefined;
  return toFactActor({ userId: event.actor.id });
}

function toCallDetails(event: ToolUseEvent): JsonObject {
  const tool = event.type === 'agent.mcp_tool_use' ? `${event.mcp_server_name}/${event.name}` : event.name;
  return { event_id: event.id, tool, input_sha256: toDigestOf(event.input), ...toPlugin(event), ...toSecrets(event) };
}

/** Of a call that people saw, or that did not run. Most calls are allowed by rules: the session has what they were. */
function toAskedDetails(event: ToolUseEvent): JsonObject {
  const isMcp = event.type !== 'agent.tool_use';
  return { ...toCallDetails(event), call: describeCall(event.name, event.input, { isMcp }) };
}

function toPlugin(event: ToolUseEvent | ElicitationRequestedEvent): JsonObject {
  return 'plugin' in event && event.plugin !== undefined ? { plugin: event.plugin.name } : {};
}

/** Which secrets the input holds and where. */
function toSecrets({ secrets = [] }: ToolUseEvent): JsonObject {
  if (secrets.length === 0) return {};
  return { secrets: secrets.map((mark) => ({ kind: mark.kind, field: toFieldName(mark) })) };
}

function without(details: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(details).filter(([key]) => key !== name));
}

/** A rule that a person allowed for a session can be a whole command. */
function toSource(source: DecidedBy['source']): JsonObject {
  if (source === undefined) return {};
  const { layer, rule } = source;
  if (rule === null) return { layer };
  return layer === 'session' ? { layer, rule_sha256: toDigestOf(rule) } : { layer, rule };
}

/** Keeps the newest `MAX_CALLS`. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= MAX_CALLS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
