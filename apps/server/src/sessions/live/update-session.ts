import type { SessionUpdateParams } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import type { FactActor } from '../../audit/fact.ts';
import { mergeMetadata } from '../../definitions/merge-metadata.ts';
import { updateSessionAgent } from '../../definitions/resolve-session.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/port.ts';
import type { Session } from '../../store/sessions.ts';
import { findSessionAgent } from '../../processes/profile.ts';
import { claimRequest, type RequestIdentity } from '../../turns/request-identity.ts';
import type { SessionRecord } from '../../turns/session-record.ts';
import { assertMayChangeBudget, changeBudget, readBudget, toBudgetLimit } from '../session-budget.ts';
import type { SessionDeps } from '../session-deps.ts';
import { toResource } from '../to-resource.ts';

export interface UpdateDeps {
  record: SessionRecord;
  audit: AuditRecorder;
  store: Pick<Store, 'agents' | 'environments'>;
  budgets: Pick<SessionDeps['budgets'], 'hasPrice'>;
  defaultModel: string | undefined;
  clock: Clock;
}

/**
 * Stores changes of title, model, permission mode, pin, metadata and of what the agent may use, with the event that
 * announces them. For a repeated request nothing is stored, and an error says so, see `rethrowUnlessAnswered`.
 * @throws CspError `invalid_request` for what the agent cannot use, or for too much metadata.
 */
export async function updateSession(
  { record, audit, store, clock, budgets, defaultModel }: UpdateDeps,
  params: SessionUpdateParams,
  { identity, by }: { identity?: RequestIdentity | undefined; by: FactActor },
): Promise<void> {
  const { session } = record;
  const agent = params.agent && updateSessionAgent(await findSessionAgent(store, session), params.agent);
  const { title, model, permission_mode: mode, metadata, pinned, budget } = params;
  assertMayChangeBudget(session, budget);
  const nextBudget = readNextBudget(session, params, { budgets, defaultModel });
  const nextMetadata = metadata == null ? undefined : mergeMetadata(session.metadata, metadata);
  const changes = {
    ...(title !== undefined && { title }),
    ...(model !== undefined && { model }),
    ...(mode !== undefined && { permission_mode: mode }),
    ...(nextMetadata && Object.keys(nextMetadata).length > 0 && { metadata: nextMetadata }),
    ...(agent && { agent: toResource({ ...session, agent }, 'none').agent }),
    ...(nextBudget !== undefined && { budget: toBudgetLimit(nextBudget) }),
  };
  // A pin is not part of the conversation, so no event announces it.
  const isTold = Object.keys(changes).length > 0 || nextMetadata !== undefined;
  await record.append(isTold ? [record.stamp({ type: 'session.updated', ...changes })] : [], {
    patch: {
      ...(agent && { agent }),
      ...(title !== undefined && { title, titleSource: 'user' as const }),
      ...(model !== undefined && { model: model === 'default' ? null : model }),
      ...(mode !== undefined && { permissionMode: mode }),
      ...(nextMetadata && { metadata: nextMetadata }),
      ...(nextBudget !== undefined && { budgetMicroUsd: nextBudget }),
      ...(pinned !== undefined && { pinnedAt: pinned ? new Date(clock.now()).toISOString() : null }),
    },
    within: async (transaction) => {
      if (identity) await claimRequest(transaction, identity, {});
      if (nextBudget !== undefined) await changeBudget(transaction, session, nextBudget);
      const details = {
        ...(nextBudget !== undefined && { budget_micro_usd: nextBudget }),
        ...(mode !== undefined && { permission_mode: mode }),
        ...(model !== undefined && { model }),
        ...(agent && { agent: Object.keys(params.agent ?? {}) }),
      };
      if (Object.keys(details).length === 0) return;
      const target = { type: 'session', id: session.id } as const;
      await audit.record({ actor: by, action: 'session.update', target, details }, transaction);
    },
  });
}

/** In micro-dollars, null for none; undefined where it stays as it is. */
function readNextBudget(
  session: Session,
  { budget, model: chosen }: SessionUpdateParams,
  deps: Pick<UpdateDeps, 'budgets' | 'defaultModel'>,
): number | null | undefined {
  if (budget === undefined || (budget === null && session.budgetMicroUsd === null)) return undefined;
  if (budget === null) return null;
  const model = chosen ?? toResource(session, 'none').model;
  return readBudget(budget, { model: model === 'default' ? deps.defaultModel : model, budgets: deps.budgets });
}

/** Stores that the session is archived, or is not any more. */
export async function storeArchived(
  { record, audit, clock }: Pick<UpdateDeps, 'record' | 'audit' | 'clock'>,
  archived: boolean,
  by: FactActor,
): Promise<void> {
  await record.append([], {
    patch: { archivedAt: archived ? new Date(clock.now()).toISOString() : null },
    within: (transaction) => {
      const target = { type: 'session', id: record.session.id } as const;
      return audit.record({ actor: by, action: 'session.update', target, details: { archived } }, transaction);
    },
  });
}
