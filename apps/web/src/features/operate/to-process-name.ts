import type { ProcessResource } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/** What people call a process: its session's title, whose session it is, or that it is a spare. */
export function toProcessName(process: ProcessResource): string {
  if (process.session_id === null) return t.spare;
  return process.title ?? (process.owner?.name == null ? process.session_id : t.sessionOf(process.owner.name));
}
