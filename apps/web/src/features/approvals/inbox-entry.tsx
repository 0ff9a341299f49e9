import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { ChevronRight } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { describeWord, levelOf } from '../../services/session-level.ts';
import { t } from '../../messages/index.ts';
import { SessionContext } from '../../session/session-context.ts';
import { createSessionStore } from '../../session/session-store.ts';
import { formatAge } from '../../ui/format.ts';
import { toSessionWord } from '../../session/session-word.ts';
import { FocusKeeper } from './focus-keeper.tsx';
import { PendingCard } from './pending-card.tsx';
import { usePendingCalls } from './use-pending-calls.ts';

export interface InboxEntryProps {
  session: SessionResource;
  now: number;
  /** Finds the element that gets the focus when a focused card is removed and no other card follows it. */
  lastFocus: () => HTMLElement | null;
}

/** A session that waits for a person: the call that waits, and its answer buttons, without opening the session. */
export function InboxEntry({ session, now, lastFocus }: InboxEntryProps) {
  const { getSession, sessions } = useServices();
  const elsewhere = useStore(sessions.store, (state) => state.elsewhere.get(session.id));
  const [store] = useState(() => getSession(session.id, createSessionStore));
  useEffect(() => store.open(), [store]);
  const isAnswered = useStore(store.store, ({ load, view }) => load.state === 'ready' && view.pendingIds.length === 0);
  const title = session.title ?? t.sessions.untitled;
  // The list of sessions learns of an answer a moment after the session itself.
  if (isAnswered) return null;
  return (
    <li className="overflow-hidden rounded-md border border-warn bg-raised">
      <Link
        href={`/sessions/${session.id}`}
        className="tap flex items-center gap-3 px-4 py-3 no-underline transition-colors duration-120 hover:bg-hover focus-visible:-outline-offset-2"
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{title}</span>
          <span className="nums block text-sm text-muted">
            {describeWord(toSessionWord(session), levelOf(session), elsewhere)} · {formatAge(session.updated_at, now)}
          </span>
        </span>
        <ChevronRight size={16} aria-hidden className="shrink-0 text-muted" />
      </Link>
      <SessionContext value={store}>
        <FirstPending label={t.approvals.of(title)} lastFocus={lastFocus} />
      </SessionContext>
    </li>
  );
}

/** Shows one call at a time. */
function FirstPending({ label, lastFocus }: { label: string; lastFocus: () => HTMLElement | null }) {
  const { tool } = usePendingCalls();
  if (tool === undefined) return null;
  return (
    <div
      role="group"
      tabIndex={-1}
      data-approval=""
      aria-label={label}
      className="flex flex-col border-t border-line focus-visible:-outline-offset-2"
    >
      <FocusKeeper key={`focus:${tool.id}`} last={lastFocus} />
      <PendingCard key={tool.id} tool={tool} />
    </div>
  );
}
