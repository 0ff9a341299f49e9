import type { ConnectionView } from '../../services/connection-store.ts';
import { chat } from '../../messages/chat.ts';
import type { SessionStatus } from '../../session/derive-status.ts';
import { formatDuration } from '../../ui/format.ts';

const AT_WORK: ReadonlySet<SessionStatus['kind']> = new Set(['starting', 'restarting', 'running', 'retrying']);

/**
 * The message while the server cannot be reached. It says that the agent keeps working only if the fault is on the
 * browser's side; if the server refuses or is silent, nobody knows. `now` adds how long ago the server last reported
 * that the agent works.
 */
export function describeLoss(
  { cause, lastHeardAt }: Pick<ConnectionView, 'cause' | 'lastHeardAt'>,
  status: SessionStatus,
  now?: number,
): string {
  const atWork = AT_WORK.has(status.kind);
  const text = atWork && cause === 'offline' ? chat.status.reconnectingAtWork : chat.status.reconnecting;
  if (!atWork || now === undefined || lastHeardAt === null) return text;
  return `${text} · ${chat.status.lastHeard(formatDuration(Math.max(0, now - lastHeardAt)))}`;
}
