import type { HandOver } from '@claude-sdk-pattern/protocol';
import type { Selectable } from 'kysely';

import { fromJson, toJson, toPlainText } from './json-column.ts';
import { toSummary, type ApprovalSummary } from './approval-summary.ts';
import { listAnswerable, type AnswerableOptions, type AnswerablePage } from './list-answerable.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { ApprovalTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** Who has to answer: a person, or the program of the client that runs a custom tool. */
export type ApprovalKind = 'approval' | 'custom_tool';

export type ApprovalState = 'pending' | 'allowed' | 'denied' | 'cancelled';

/** A tool call that waits for a person or a program, or did. */
export interface Approval extends ApprovalSummary {
  kind: ApprovalKind;
  /** As its card shows it: with masks in place of its secrets. */
  input: Record<string, unknown>;
  /** Digest of the whole input; null in rows of older servers, whose `input` is whole. */
  inputSha256: string | null;
  state: ApprovalState;
  /** The user who decided; null when nobody or the platform did. */
  decidedBy: string | null;
  decidedAt: string | null;
}

export type NewApproval = Pick<
  Approval,
  | 'id'
  | 'sessionId'
  | 'toolUseId'
  | 'toolName'
  | 'plugin'
  | 'input'
  | 'inputSha256'
  | 'title'
  | 'reason'
  | 'expiresAt'
  | 'fourEyes'
  | 'kind'
>;

export interface ApprovalDecision {
  state: Exclude<ApprovalState, 'pending'>;
  decidedBy: string | null;
}

export interface ApprovalRepository {
  /** Throws `conflict` when the id exists, `not_found` without a session. */
  open(approval: NewApproval): Promise<Approval>;
  /** Opens one that was decided, as it is now. Throws `not_found`. */
  openAgain(approval: NewApproval): Promise<Approval>;
  find(id: string): Promise<Approval | undefined>;
  /** Decides a pending approval. The first answer counts: `won` is false when the approval was decided before. */
  resolve(id: string, decision: ApprovalDecision): Promise<{ won: boolean; approval: Approval }>;
  /** Replaces the reason of a pending approval; false when none is pending. */
  setReason(id: string, reason: string): Promise<boolean>;
  /** Puts a pending approval into the hands of the operators, or takes it back with null; false when none is pending. */
  setHandedOver(id: string, handedOver: HandOver | null): Promise<boolean>;
  /** Cancels what is pending in a session (interrupt, dead process); answers what it cancelled. */
  cancelPending(sessionId: string): Promise<Approval[]>;
  /** Pending ones, oldest first: of a session, of all sessions of an owner, or of everybody. */
  listPending(of: { sessionId: string } | { ownerId: string } | 'everybody'): Promise<Approval[]>;
  /**
   * Pending ones of people that have not expired and that the user may answer: of each session the 20 oldest, so that no session fills
   * the list. First those of the user's own sessions, then the others, the oldest first. Throws `invalid_cursor`.
   */
  listAnswerable(
    userId: string,
    options: AnswerableOptions & { limit: number; cursor?: string | null },
  ): Promise<AnswerablePage>;
  /** How many are pending, and when the oldest was asked for. */
  countPending(): Promise<{ count: number; oldestAt: string | null }>;
  /** Which sessions have pending ones. Reads no inputs of tools: each may be a megabyte. */
  listPendingSessions(): Promise<string[]>;
}

export function createApprovalRepository({ db, now }: RepositoryContext): ApprovalRepository {
  const find = async (id: string): Promise<Approval | undefined> => {
    const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toApproval(row);
  };

  return {
    async open(approval) {
      const insert = db.insertInto('approvals').values(toRow(approval, now()));
      return toApproval(await insert.returningAll().executeTakeFirstOrThrow());
    },

    async openAgain(approval) {
      const change = db.updateTable('approvals').set(toRow(approval, now()));
      const changed = await change.where('id', '=', approval.id).returningAll().executeTakeFirst();
      if (!changed) throw new StoreError('not_found', `There is no approval ${approval.id}.`);
      return toApproval(changed);
    },

    find,

    async resolve(id, { state, decidedBy }) {
      const change = db.updateTable('approvals').set({ state, decided_by: decidedBy, decided_at: now() });
      const pending = change.where('id', '=', id).where('state', '=', 'pending');
      const row = await pending.returningAll().executeTakeFirst();
      if (row) return { won: true, approval: toApproval(row) };
      const approval = await find(id);
      if (!approval) throw new StoreError('not_found', `There is no approval ${id}.`);
      return { won: false, approval };
    },

    async setReason(id, reason) {
      const change = db.updateTable('approvals').set({ reason: toPlainText(reason) });
      const { numUpdatedRows } = await change.where('id', '=', id).where('state', '=', 'pending').executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async setHandedOver(id, handedOver) {
      const change = db.updateTable('approvals').set({ handed_over: toJsonOrNull(handedOver) });
      const { numUpdatedRows } = await change.where('id', '=', id).where('state', '=', 'pending').executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async cancelPending(sessionId) {
      const change = db.updateTable('approvals').set({ state: 'cancelled', decided_at: now() });
      const pending = change.where('session_id', '=', sessionId).where('state', '=', 'pending');
      return (await pending.returningAll().execute()).map(toApproval);
    },

    async listPending(of) {
      let query = db.selectFrom('approvals').selectAll('approvals').where('approvals.state', '=', 'pending');
      if (of !== 'everybody' && 'sessionId' in of) query = query.where('approvals.session_id', '=', of.sessionId);
      if (of !== 'everybody' && 'ownerId' in of) {
        const owned = db.selectFrom('sessions').select('id').where('owner_id', '=', of.ownerId);
        query = query.where('approvals.session_id', 'in', owned);
      }
      return (await query.orderBy('approvals.created_at').orderBy('approvals.id').execute()).map(toApproval);
    },

    listAnswerable: (userId, options) => listAnswerable({ db, now }, userId, options),

    async countPending() {
      const pending = db.selectFrom('approvals').where('state', '=', 'pending');
      const row = await pending
        .select(({ fn }) => [fn.countAll().as('count'), fn.min('created_at').as('oldest_at')])
        .executeTakeFirstOrThrow();
      return { count: Number(row.count), oldestAt: row.oldest_at };
    },

    async listPendingSessions() {
      const pending = db.selectFrom('approvals').select('session_id').where('state', '=', 'pending');
      return (await pending.distinct().orderBy('session_id').execute()).map((row) => row.session_id);
    },
  };
}

/** A null of the database, so that it can be asked for. */
function toJsonOrNull(value: unknown): string | null {
  return value === null ? null : toJson(value);
}

function toRow(approval: NewApproval, at: string): ApprovalTable {
  return {
    id: approval.id,
    session_id: approval.sessionId,
    tool_use_id: approval.toolUseId,
    tool_name: toPlainText(approval.toolName),
    input: toJson(approval.input),
    input_sha256: approval.inputSha256,
    state: 'pending',
    decided_by: null,
    decided_at: null,
    created_at: at,
    title: toPlainText(approval.title),
    reason: approval.reason === null ? null : toPlainText(approval.reason),
    expires_at: approval.expiresAt,
    four_eyes: toJsonOrNull(approval.fourEyes),
    handed_over: null,
    plugin: toJsonOrNull(approval.plugin),
    kind: approval.kind,
  };
}

function toApproval(row: Selectable<ApprovalTable>): Approval {
  return {
    ...toSummary(row),
    input: fromJson<Approval['input']>(row.input),
    inputSha256: row.input_sha256,
    kind: row.kind as ApprovalKind,
    state: row.state as ApprovalState,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
  };
}
