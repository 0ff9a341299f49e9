import { useEffect, useRef } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { deriveStatus } from '../../session/derive-status.ts';
import { useSessionStore } from '../../session/session-context.ts';
import type { SessionView } from '../../session/session-view.ts';
import { describeAction } from './describe-action.ts';
import { describeFailure } from './describe-failure.ts';
import { describeLoss } from './describe-loss.ts';

const TOOL_EVERY_MS = 10_000;

/** Tells people who listen what happens: that it works, now and then at what, how it ended, that it asks, and the line. */
export function useAnnouncements(): void {
  const { announcer, connection } = useServices();
  const session = useSessionStore();
  const lastTool = useRef({ at: 0, text: '' });
  useEffect(
    () =>
      session.store.subscribe((state, before) => {
        // What was already so when the session was loaded is no news.
        if (state.load.state !== 'ready' || before.load.state !== 'ready' || state.view === before.view) return;
        const { view } = state;
        const asked = view.pendingIds.find((id) => !before.view.pendingIds.includes(id));
        if (asked !== undefined) {
          const tool = view.items.get(asked);
          announcer.interrupt(t.approvals.announce(tool?.kind === 'tool' ? (tool.approval?.title ?? tool.name) : ''));
          return;
        }
        if (view.activity === 'running' && before.view.activity !== 'running') {
          lastTool.current = { at: Date.now(), text: '' };
          announcer.say(t.status.agentWorking);
        } else if (view.activity === 'idle' && before.view.activity === 'running' && view.stop?.type === 'end_turn') {
          announcer.say(t.status.finished(countWords(view)));
        } else if (view.activity === 'idle' && before.view.activity === 'running') {
          const status = deriveStatus(view);
          if (status.kind === 'failed') announcer.say(describeFailure(status.reason));
        } else if (view.activity === 'running' && Date.now() - lastTool.current.at >= TOOL_EVERY_MS) {
          const text = describeAction(view);
          if (text === null || text === lastTool.current.text) return;
          lastTool.current = { at: Date.now(), text };
          announcer.say(text);
        }
      }),
    [session, announcer],
  );
  useEffect(
    () =>
      connection.subscribe((state, before) => {
        if (state.state === 'reconnecting' && before.state !== 'reconnecting')
          announcer.say(describeLoss(state, deriveStatus(session.store.getState().view)));
        else if (state.recovered && !before.recovered) announcer.say(t.status.recovered);
      }),
    [connection, session, announcer],
  );
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
