import type { EventPlugin, HandOver } from '@claude-sdk-pattern/protocol';
import type { Selectable } from 'kysely';

import { fromJson } from './json-column.ts';
import type { ApprovalTable } from './schema.ts';

/** An approval in a list, without the input of its tool, which may be a megabyte. */
export interface ApprovalSummary {
  /** The id of its `agent.tool_use` event. */
  id: string;
  sessionId: string;
  /** Claude Code's own id of the tool call. */
  toolUseId: string;
  toolName: string;
  /** Whose call it is; null where it is no plugin's, and in rows of older servers. */
  plugin: EventPlugin | null;
  /** What would happen, as a sentence. */
  title: string;
  /** Why it is asked. */
  reason: string | null;
  /** From then on it is denied; null for a custom tool, and for one that was decided before approvals expired. */
  expiresAt: string | null;
  /** Users who may not allow it, because a rule demands a second person; null where none does. */
  fourEyes: readonly string[] | null;
  /** Null while it is not in the hands of the operators. */
  handedOver: HandOver | null;
  createdAt: string;
}

export function toSummary(
  row: Omit<Selectable<ApprovalTable>, 'input' | 'input_sha256' | 'kind' | 'state' | 'decided_by' | 'decided_at'>,
): ApprovalSummary {
  return {
    id: row.id,
    sessionId: row.session_id,
    toolUseId: row.tool_use_id,
    toolName: row.tool_name,
    plugin: row.plugin === null ? null : fromJson<EventPlugin>(row.plugin),
    title: row.title,
    reason: row.reason,
    expiresAt: row.expires_at,
    fourEyes: row.four_eyes === null ? null : fromJson<string[]>(row.four_eyes),
    handedOver: row.handed_over === null ? null : fromJson<HandOver>(row.handed_over),
    createdAt: row.created_at,
  };
}
