import {
  CspError,
  type ApprovalCardResource,
  type HandOver,
  type PendingApprovalList,
  type PendingApprovalResource,
  type UserEventParams,
} from '@claude-sdk-pattern/protocol';

import { may } from '../access/may.ts';
import { findRelation, type Relation } from '../access/relation.ts';
import { toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { mayAllow, toAnswerer } from '../permissions/assert-may-answer.ts';
import { toHandOverEnd } from '../permissions/to-hand-over-end.ts';
import type { Approval } from '../store/approvals.ts';
import type { AnswerableApproval, AnswerablePage } from '../store/list-answerable.ts';
import { SHARE_LEVELS } from '../store/shares.ts';
import type { LiveSession } from './live/live-session.ts';
import type { SeenSession, SessionAccess } from './session-access.ts';
import type { SessionDeps } from './session-deps.ts';

export interface SessionAnswersDeps extends Pick<SessionDeps, 'store' | 'audit' | 'clock' | 'findUsers'> {
  access: Pick<SessionAccess, 'get'>;
  getLive(sessionId: string): Promise<LiveSession>;
}

/** The session that somebody sends to. `relation` is `none` for an operator who answers what was handed over. */
export interface SendingTo {
  session: SeenSession;
  relation: Relation;
}

/** Who may answer the tool calls that wait, and their way to the operators. */
export interface SessionAnswers {
  /**
   * What the actor may answer now, of each session the 20 oldest: first of the actor's own sessions, oldest first; with
   * a credential that only reads, what they could.
   * @throws StoreError `invalid_cursor`
   */
  list(actor: Actor, page: { limit: number; cursor: string | null }): Promise<PendingApprovalList>;
  /** Whether the session waits for an answer that the actor may give. */
  waitsFor(actor: Actor, sessionId: string): Promise<boolean>;
  /**
   * All that a card shows.
   * @throws CspError `not_found` for what the actor may not answer, or nobody any more; `already_answered` for what an
   * operator had, and somebody answered or took back.
   */
  get(actor: Actor, eventId: string): Promise<ApprovalCardResource>;
  /**
   * Hands a call that waits to the operators, or takes it back.
   * @throws CspError `not_found` when no such call of the session waits.
   */
  handOver(actor: Actor, sessionId: string, change: { eventId: string; note: string | null }): Promise<HandOver>;
  takeBack(actor: Actor, sessionId: string, eventId: string): Promise<void>;
  /**
   * The session, for who may send the events there. An operator may answer what was handed over in a session that they may
   * not see.
   * @throws CspError `not_found`, `permission_denied`, `already_answered` for a call that was taken back from the operators
   */
  findForSend(actor: Actor, sessionId: string, events: readonly UserEventParams[]): Promise<SendingTo>;
  /** Tells the audit log of an answer that was refused, where a second person has to allow the call. */
  noteRefusal(actor: Actor, sessionId: string, error: unknown): Promise<void>;
}

/** Over 100 lines: the ways to an approval share who may go them. */
export function createSessionAnswers(deps: SessionAnswersDeps): SessionAnswers {
  const { store, access, audit, clock, findUsers } = deps;

  const findAnswerable = (
    actor: Actor,
    of: { limit: number; cursor?: string | null; id?: string; sessionId?: string },
  ): Promise<AnswerablePage> =>
    store.approvals.listAnswerable(actor.userId, {
      own: may(toPerson(actor), 'session.send', 'own'),
      levels: SHARE_LEVELS.filter((level) => may(toPerson(actor), 'session.send', level)),
      handedOver: may(toPerson(actor), 'approval.answer_handed_over', 'none'),
      ...of,
    });

  const describeAll = async (
    actor: Actor,
    approvals: readonly AnswerableApproval[],
  ): Promise<PendingApprovalResource[]> => {
    const owners = approvals.length === 0 ? new Map() : await findUsers(approvals.map(({ ownerId }) => ownerId));
    return approvals.map((approval) => {
      const { ownerId } = approval;
      const relation = findRelation(actor, approval);
      const mayAnswer =
        may(actor, 'session.send', relation) ||
        (approval.handedOver !== null && may(actor, 'approval.answer_handed_over', 'none'));
      return {
        session_id: approval.sessionId,
        event_id: approval.id,
        tool_name: approval.toolName,
        plugin: approval.plugin,
        title: approval.title,
        reason: approval.reason,
        requested_at: approval.createdAt,
        expires_at: approval.expiresAt ?? approval.createdAt,
        owner: { id: ownerId, name: owners.get(ownerId)?.name ?? ownerId },
        four_eyes: approval.fourEyes !== null,
        may_answer: mayAnswer,
        may_allow: mayAnswer && mayAllow(toAnswerer(actor, relation), approval, ownerId),
        handed_over: approval.handedOver,
        session_visible: may(actor, 'session.read', relation),
        waiting_in_session: approval.inSession,
      };
    });
  };

  const change = async (
    actor: Actor,
    sessionId: string,
    { eventId, handedOver }: { eventId: string; handedOver: HandOver | null },
  ): Promise<void> => {
    await access.get(actor, 'session.hand_over', sessionId);
    const approval = await store.approvals.find(eventId);
    if (approval?.sessionId !== sessionId || approval.state !== 'pending')
      throw new CspError('not_found', `There is no approval ${eventId} that waits in session ${sessionId}`);
    const live = await deps.getLive(sessionId);
    await live.handOver(eventId, { by: { id: actor.userId, name: actor.name }, handedOver });
  };

  const findHandOverEnd = async (actor: Actor, approval: Approval | undefined): Promise<CspError | undefined> =>
    approval !== undefined && may(actor, 'approval.answer_handed_over', 'none')
      ? toHandOverEnd(store, approval)
      : undefined;

  return {
    async list(actor, page) {
      const { approvals, nextCursor } = await findAnswerable(actor, page);
      return { data: await describeAll(actor, approvals), next_page: nextCursor };
    },

    waitsFor: async (actor, sessionId) => (await findAnswerable(actor, { sessionId, limit: 1 })).approvals.length > 0,

    async get(actor, eventId) {
      const { approvals } = await findAnswerable(actor, { id: eventId, limit: 1 });
      const [summary] = await describeAll(actor, approvals);
      const approval = await store.approvals.find(eventId);
      if (approval === undefined || summary === undefined)
        throw (
          (await findHandOverEnd(actor, approval)) ??
          new CspError('not_found', `There is no approval ${eventId} that you may answer`)
        );
      return { ...summary, input: approval.input };
    },

    async handOver(actor, sessionId, { eventId, note }) {
      const at = new Date(clock.now()).toISOString();
      const handedOver = { by: { id: actor.userId, name: actor.name }, at, note };
      await change(actor, sessionId, { eventId, handedOver });
      return handedOver;
    },

    takeBack: (actor, sessionId, eventId) => change(actor, sessionId, { eventId, handedOver: null }),

    async findForSend(actor, sessionId, events) {
      try {
        const session = await access.get(actor, 'session.send', sessionId);
        return { session, relation: findRelation(actor, session) };
      } catch (error) {
        if (!may(actor, 'approval.answer_handed_over', 'none') || events.length === 0) throw error;
        for (const event of events) {
          if (event.type !== 'user.tool_confirmation') throw error;
          const approval = await store.approvals.find(event.tool_use_id);
          if (approval?.sessionId !== sessionId) throw error;
          if (approval.handedOver === null) throw (await findHandOverEnd(actor, approval)) ?? error;
        }
        const session = await store.sessions.find(sessionId);
        if (session === undefined) throw error;
        return { session: { session, ownerId: session.ownerId, level: null }, relation: 'none' };
      }
    },

    async noteRefusal(actor, sessionId, error) {
      if (!(error instanceof CspError) || error.details?.['four_eyes'] !== true) return;
      const target = { type: 'session', id: sessionId } as const;
      const details = { reason: 'four_eyes', ...toKeyDetails(actor) };
      await audit.record({ actor: toFactActor(actor), action: 'approval.answer', target, outcome: 'failure', details });
    },
  };
}

/** Reading what waits is a read: a credential that may not answer lists what its person may answer. */
function toPerson({ role }: Actor): Pick<Actor, 'role'> {
  return { role };
}
