import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { Hand } from 'lucide-react';
import { useRef } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';

import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { t } from '../../messages/index.ts';
import { useNow } from '../../ui/use-now.ts';
import { mayAnswer } from '../../services/session-level.ts';
import { LateNotices } from './late-notices.tsx';
import { HandedOverEntry } from './handed-over-entry.tsx';
import { InboxEntry } from './inbox-entry.tsx';
import { useHandedOver } from './use-handed-over.ts';

const AGES_EVERY_MS = 30_000;

/** The calls of all sessions that wait for a person: of their own sessions, of others, and what was handed to them. */
export function ApprovalsPage() {
  const { sessions } = useServices();
  const { drawerButton } = useShell();
  const now = useNow(AGES_EVERY_MS);
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const waiting = useStore(
    sessions.store,
    useShallow((state) => [...state.byId.values()].filter((session) => mayAnswer(session))),
  );
  const handedOver = useHandedOver();
  // The oldest remaining entry, which is the first in the list.
  const lastFocus = () => list.current?.querySelector<HTMLElement>('[data-approval]') ?? heading.current;
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 md:px-4">
        {drawerButton}
        <h1 ref={heading} tabIndex={-1} className="font-semibold">
          {t.approvals.inboxTitle}
        </h1>
      </header>
      <div className="mx-auto w-full max-w-[792px] px-4 py-6">
        <LateNotices waiting={waiting} />
        {waiting.length === 0 && handedOver.calls.length === 0 ? (
          <div className="py-16 text-center">
            <Hand size={24} aria-hidden className="mx-auto mb-3 text-muted" />
            <p className="font-semibold">{t.approvals.inboxEmpty}</p>
            <p className="text-muted">{t.approvals.inboxHelp}</p>
          </div>
        ) : (
          <ul ref={list} className="flex flex-col gap-3">
            {waiting.toSorted(byOwnThenAge).map((session) => (
              <InboxEntry key={session.id} session={session} now={now} lastFocus={lastFocus} />
            ))}
            {handedOver.calls.map((call) => (
              <HandedOverEntry
                key={`${call.card.event_id} ${call.card.handed_over?.at ?? ''}`}
                {...{ call, now, lastFocus }}
                onDone={() => handedOver.drop(call.card.event_id)}
                onEnd={(end) => handedOver.noteEnd(call.card.event_id, end)}
              />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

/** As the API lists them: one's own sessions first, and the longest waiting first. */
function byOwnThenAge(a: SessionResource, b: SessionResource): number {
  const shared = Number(a.shared !== undefined) - Number(b.shared !== undefined);
  return shared === 0 ? a.updated_at.localeCompare(b.updated_at) : shared;
}
