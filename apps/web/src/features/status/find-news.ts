import { t } from '../../messages/index.ts';
import { deriveStatus } from '../../session/derive-status.ts';
import type { SessionView } from '../../session/session-view.ts';
import { describeFailure } from './describe-failure.ts';

/** What is to be told of a change to people who listen; `asks` at once, before all else. */
export interface News {
  kind: 'asks' | 'works' | 'rests';
  text: string;
}

/** Finds what a change of the session tells: that it asks, that it works, how it ended. Pure. */
export function findNews(before: SessionView, view: SessionView): News | null {
  const asked = view.pendingIds.find((id) => !before.pendingIds.includes(id));
  if (asked !== undefined) {
    const tool = view.items.get(asked);
    return {
      kind: 'asks',
      text: t.approvals.announce(tool?.kind === 'tool' ? (tool.approval?.title ?? tool.name) : ''),
    };
  }
  if (isWorking(view) && !isWorking(before)) return { kind: 'works', text: t.status.agentWorking };
  if (view.activity !== 'idle' || before.activity !== 'running') return null;
  if (view.stop?.type === 'end_turn') return { kind: 'rests', text: t.status.finished(countWords(view)) };
  const status = deriveStatus(view);
  return status.kind === 'failed' ? { kind: 'rests', text: describeFailure(status.reason) } : null;
}

/** Whether it works by itself: while it waits for a person it does not, although its turn goes on. */
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
