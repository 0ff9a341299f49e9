import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { deriveStatus } from '../../session/derive-status.ts';
import type { SessionView } from '../../session/session-view.ts';
import { describeFailure } from './describe-failure.ts';

/**
 * An announcement for screen readers about a change of the session. `asks` is announced at once, before all others, and
 * only to a person who may answer.
 */
export interface News {
  kind: 'asks' | 'waits' | 'works' | 'rests';
  text: string;
}

/** Finds what to announce about a change: that the agent asks, that it works, or how its turn ended. Pure. */
export function findNews(before: SessionView, view: SessionView, { mayAnswer }: { mayAnswer: boolean }): News | null {
  const asked = view.pendingIds.find((id) => !before.pendingIds.includes(id));
  if (asked !== undefined) {
    const tool = view.items.get(asked);
    const title = tool?.kind === 'tool' ? (tool.approval?.title ?? tool.name) : '';
    return mayAnswer
      ? { kind: 'asks', text: t.approvals.announce(title) }
      : { kind: 'waits', text: t.approvals.announceOther(title) };
  }
  if (isWorking(view) && !isWorking(before)) return { kind: 'works', text: chat.status.agentWorking };
  if (view.activity !== 'idle' || before.activity !== 'running') return null;
  if (view.stop?.type === 'end_turn') return { kind: 'rests', text: chat.status.finished(countWords(view)) };
  const status = deriveStatus(view);
  if (status.kind === 'program') return { kind: 'rests', text: chat.status.program };
  return status.kind === 'failed' ? { kind: 'rests', text: describeFailure(status.reason) } : null;
}

/** Whether the agent works on its own. It does not while it waits for a person, although its turn is still open. */
export function isWorking({ activity, pendingIds }: Pick<SessionView, 'activity' | 'pendingIds'>): boolean {
  return activity === 'running' && pendingIds.length === 0;
}

function countWords(view: SessionView): number {
  const ids = view.turns.at(-1)?.itemIds ?? [];
  return ids
    .flatMap((id) => view.items.get(id) ?? [])
    .reduce(
      (sum, item) =>
        item.kind === 'text' && item.cutOff !== true
          ? sum + item.text.split(/\s+/).filter((word) => word !== '').length
          : sum,
      0,
    );
}
