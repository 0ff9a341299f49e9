import type { ProcessResource } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/**
 * The name that people see for a process: its session's title, else whose session it is, else the session's id; or that
 * it is a spare.
 */
export function toProcessName(process: ProcessResource): string {
  if (process.session_id === null) return t.spare;
  return process.title ?? (process.owner?.name == null ? process.session_id : t.sessionOf(process.owner.name));
}
