import type { PermissionMode, StopReason } from '@claude-sdk-pattern/protocol';
import type { SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';
import type { Insertable, Selectable, Updateable } from 'kysely';

import { fromJson, toJson, toPlainTextOrNull } from './json-column.ts';
import type { SessionTable } from './schema.ts';

export type SessionStatus = 'idle' | 'running' | 'rescheduling' | 'terminated';

/** Cumulative; tokens as the Messages API counts them. */
export interface SessionUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd: number;
  activeSeconds: number;
}

export const NO_USAGE: SessionUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 0,
  activeSeconds: 0,
};

export interface Session {
  id: string;
  ownerId: string;
  title: string | null;
  titleSource: 'user' | 'auto' | null;
  status: SessionStatus;
  stopReason: StopReason | null;
  agentId: string;
  agentVersion: number;
  environmentId: string;
  /** The agent as the session uses it, overrides included: parsed JSON; null for the platform's default agent. */
  agent: unknown;
  model: string | null;
  permissionMode: PermissionMode;
  metadata: Record<string, string>;
  /** Of the owner; their credentials are for the session's MCP servers. */
  vaultIds: string[];
  /** What is mounted into its workspace. */
  resources: SessionResourceItem[];
  /** The limit of its own budget; null without one. */
  budgetMicroUsd: number | null;
  /** What made it; null where a person or a program did. */
  deploymentId: string | null;
  /** The uuid of Claude Code's transcript. */
  agentSessionId: string;
  parentSessionId: string | null;
  pinnedAt: string | null;
  /** The newest `seq` in the journal; only `events` writes it. */
  lastSeq: number;
  usage: SessionUsage;
  createdAt: string;
  /** When `update` last changed the row. Appending events alone does not move it. */
  updatedAt: string;
  archivedAt: string | null;
}

/** Initial fields of a new session; all others begin empty, idle and at `seq` 0. */
export type NewSession = Pick<
  Session,
  'id' | 'ownerId' | 'agentId' | 'agentVersion' | 'environmentId' | 'permissionMode' | 'agentSessionId'
> &
  Partial<
    Pick<
      Session,
      | 'title'
      | 'titleSource'
      | 'agent'
      | 'model'
      | 'metadata'
      | 'vaultIds'
      | 'resources'
      | 'budgetMicroUsd'
      | 'deploymentId'
      | 'parentSessionId'
      | 'status'
      | 'stopReason'
      | 'usage'
    >
  >;

export type SessionPatch = Partial<
  Omit<Session, 'id' | 'lastSeq' | 'createdAt' | 'updatedAt' | 'parentSessionId' | 'deploymentId'>
>;

export function toSession(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    titleSource: row.title_source as Session['titleSource'],
    status: row.status as SessionStatus,
    stopReason: row.stop_reason === null ? null : fromJson<StopReason>(row.stop_reason),
    agentId: row.agent_id,
    agentVersion: row.agent_version,
    environmentId: row.environment_id,
    agent: row.agent === null ? null : fromJson<unknown>(row.agent),
    model: row.model,
    permissionMode: row.permission_mode as PermissionMode,
    metadata: fromJson<Session['metadata']>(row.metadata),
    vaultIds: fromJson<string[]>(row.vault_ids),
    resources: fromJson<SessionResourceItem[]>(row.resources),
    budgetMicroUsd: row.budget_micro_usd,
    deploymentId: row.deployment_id,
    agentSessionId: row.agent_session_id,
    parentSessionId: row.parent_session_id,
    pinnedAt: row.pinned_at,
    lastSeq: row.last_seq,
    usage: fromJson<SessionUsage>(row.usage),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    archivedAt: row.archived_at,
  };
}

export function toRow(session: NewSession, at: string): Insertable<SessionTable> {
  return {
    id: session.id,
    owner_id: session.ownerId,
    ...toTitleColumns(session.title ?? null),
    title_source: session.titleSource ?? null,
    status: session.status ?? 'idle',
    stop_reason: session.stopReason ? toJson(session.stopReason) : null,
    agent_id: session.agentId,
    agent_version: session.agentVersion,
    environment_id: session.environmentId,
    agent: session.agent == null ? null : toJson(session.agent),
    model: session.model ?? null,
    permission_mode: session.permissionMode,
    metadata: toJson(session.metadata ?? {}),
    vault_ids: toJson(session.vaultIds ?? []),
    resources: toJson(session.resources ?? []),
    budget_micro_usd: session.budgetMicroUsd ?? null,
    deployment_id: session.deploymentId ?? null,
    agent_session_id: session.agentSessionId,
    parent_session_id: session.parentSessionId ?? null,
    usage: toJson(session.usage ?? NO_USAGE),
    created_at: at,
    updated_at: at,
  };
}

const FILING: ReadonlySet<string> = new Set([
  'ownerId',
  'vaultIds',
  'resources',
  'title',
  'titleSource',
  'pinnedAt',
  'archivedAt',
]);

/** A new owner, a new title, a pin or archiving does not change a session's age: only its conversation does. */
function isOnlyFiling(patch: SessionPatch): boolean {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return given.length > 0 && given.every(([name]) => FILING.has(name));
}

/** A field that is absent or undefined is not changed. */
export function toChanges(patch: SessionPatch, at: string): Updateable<SessionTable> {
  const changes: Updateable<SessionTable> = isOnlyFiling(patch) ? {} : { updated_at: at };
  if (patch.ownerId !== undefined) changes.owner_id = patch.ownerId;
  if (patch.title !== undefined) Object.assign(changes, toTitleColumns(patch.title));
  if (patch.titleSource !== undefined) changes.title_source = patch.titleSource;
  if (patch.status !== undefined) changes.status = patch.status;
  if (patch.stopReason !== undefined) changes.stop_reason = patch.stopReason === null ? null : toJson(patch.stopReason);
  if (patch.agentId !== undefined) changes.agent_id = patch.agentId;
  if (patch.agentVersion !== undefined) changes.agent_version = patch.agentVersion;
  if (patch.environmentId !== undefined) changes.environment_id = patch.environmentId;
  if (patch.agent !== undefined) changes.agent = patch.agent === null ? null : toJson(patch.agent);
  if (patch.model !== undefined) changes.model = patch.model;
  if (patch.permissionMode !== undefined) changes.permission_mode = patch.permissionMode;
  if (patch.metadata !== undefined) changes.metadata = toJson(patch.metadata);
  if (patch.vaultIds !== undefined) changes.vault_ids = toJson(patch.vaultIds);
  if (patch.resources !== undefined) changes.resources = toJson(patch.resources);
  if (patch.agentSessionId !== undefined) changes.agent_session_id = patch.agentSessionId;
  if (patch.pinnedAt !== undefined) changes.pinned_at = patch.pinnedAt;
  if (patch.budgetMicroUsd !== undefined) changes.budget_micro_usd = patch.budgetMicroUsd;
  if (patch.usage !== undefined) changes.usage = toJson(patch.usage);
  if (patch.archivedAt !== undefined) changes.archived_at = patch.archivedAt;
  return changes;
}

function toTitleColumns(title: string | null): { title: string | null; title_folded: string | null } {
  const plain = toPlainTextOrNull(title);
  return { title: plain, title_folded: plain?.toLowerCase() ?? null };
}
