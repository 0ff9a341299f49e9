import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { AuditFactRow } from './audit-facts.ts';
import { toJson } from './json-column.ts';
import type { EventTable } from './schema.ts';

/** An event as it is given to the journal. */
export interface NewEvent {
  id: string;
  type: string;
  body: SessionEvent;
  /** The body as JSON, where it is known already. */
  json?: string;
}

/** An event as its row, but for its session and its `seq`. */
export type EventRow = Omit<EventTable, 'session_id' | 'seq'>;

/** Events of one session that are appended together. */
export interface RowsToAppend {
  sessionId: string;
  fence: number;
  rows: readonly EventRow[];
  /** Facts for the audit log that are stored with them. */
  facts: readonly AuditFactRow[];
}

export function toEventRows(events: readonly NewEvent[], createdAt: string): EventRow[] {
  return events.map(({ id, type, body, json = toJson(body) }) => ({ id, type, body: json, created_at: createdAt }));
}
