import { useEffect } from 'react';
import { useRoute } from 'wouter';
import { useStore } from 'zustand';

import { listWaiting } from '../services/session-level.ts';
import type { SessionsState } from '../services/sessions-state.ts';
import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';
import { toTabTitle } from './to-tab-title.ts';

/** Sets the tab's title to what needs the person: `(2) Needs you · Title · CSP`. */
export function useTabTitle(): void {
  const { sessions } = useServices();
  const [, params] = useRoute('/sessions/:id');
  const title = useStore(sessions.store, (state) => toTabTitle(toFacts(state, params?.id ?? null)));
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function toFacts(state: SessionsState, currentId: string | null): Parameters<typeof toTabTitle>[0] {
  const { sessions, handedOver } = listWaiting(state);
  const current = currentId === null ? undefined : state.byId.get(currentId);
  const name = ({ title }: { title: string | null }) => title ?? t.sessions.untitled;
  return {
    needs: [
      ...sessions.map((session) => ({ id: session.id, name: name(session) })),
      ...handedOver.map(({ session_id: id, owner }) => ({ id, name: t.approvals.handOver.from(owner.name) })),
    ],
    current: current === undefined ? null : { id: current.id, name: name(current) },
  };
}
