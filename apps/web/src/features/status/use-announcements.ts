import { useEffect, useRef } from 'react';

import { useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { chat } from '../../messages/chat.ts';
import { deriveStatus } from '../../session/derive-status.ts';
import { useSessionStore } from '../../session/session-context.ts';
import { isUnshared } from '../../session/session-state.ts';
import { describeAction } from './describe-action.ts';
import { describeLoss } from './describe-loss.ts';
import { findNews, isWorking } from './find-news.ts';

const TOOL_EVERY_MS = 10_000;

/**
 * Announces to screen readers that the agent works, from time to time what it does, how its turn ended, that it asks,
 * and changes of the connection.
 */
export function useAnnouncements(): void {
  const { announcer, connection } = useServices();
  const session = useSessionStore();
  const mayAnswer = useMayDrive();
  const lastTool = useRef({ at: 0, text: '' });
  useEffect(
    () =>
      session.store.subscribe((state, before) => {
        // The page says that the session is not shared any more. What was said before is not true of it.
        if (isUnshared(state) && !isUnshared(before)) announcer.say('');
        // The state at load time is not announced.
        if (state.load.state !== 'ready' || before.load.state !== 'ready' || state.view === before.view) return;
        const { view } = state;
        const news = findNews(before.view, view, { mayAnswer });
        if (news?.kind === 'asks') announcer.interrupt(news.text);
        else if (news !== null) {
          if (news.kind === 'works') lastTool.current = { at: Date.now(), text: '' };
          announcer.say(news.text);
        } else if (isWorking(view) && Date.now() - lastTool.current.at >= TOOL_EVERY_MS) {
          const text = describeAction(view);
          if (text === null || text === lastTool.current.text) return;
          lastTool.current = { at: Date.now(), text };
          announcer.say(text);
        }
      }),
    [session, announcer, mayAnswer],
  );
  useEffect(
    () =>
      connection.subscribe((state, before) => {
        if (isUnshared(session.store.getState())) return;
        if (state.state === 'reconnecting' && before.state !== 'reconnecting')
          announcer.say(describeLoss(state, deriveStatus(session.store.getState().view)));
        else if (state.recovered && !before.recovered) announcer.say(chat.status.recovered);
      }),
    [connection, session, announcer],
  );
}
