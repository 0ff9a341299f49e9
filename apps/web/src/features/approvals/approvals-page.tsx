import { ChevronRight, Hand } from 'lucide-react';
import { Link } from 'wouter';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';

import { useServices } from '../../app/services.ts';
import { useShell } from '../../app/shell-context.ts';
import { t } from '../../messages/index.ts';
import { formatAge } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { toSessionWord } from '../sessions/group-sessions.ts';

const AGES_EVERY_MS = 30_000;

/** Everything that waits for a person, over all sessions. */
export function ApprovalsPage() {
  const { sessions } = useServices();
  const { drawerButton } = useShell();
  const now = useNow(AGES_EVERY_MS);
  const waiting = useStore(
    sessions.store,
    useShallow((state) => [...state.byId.values()].filter((session) => toSessionWord(session) === 'waiting')),
  );
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 md:px-4">
        {drawerButton}
        <h1 className="font-semibold">{t.approvals.inboxTitle}</h1>
      </header>
      <div className="mx-auto w-full max-w-[792px] px-4 py-6">
        {waiting.length === 0 ? (
          <div className="py-16 text-center">
            <Hand size={24} aria-hidden className="mx-auto mb-3 text-muted" />
            <p className="font-semibold">{t.approvals.inboxEmpty}</p>
            <p className="text-muted">{t.approvals.inboxHelp}</p>
          </div>
        ) : (
          <ul className="flex flex-col gap-2">
            {waiting
              .toSorted((a, b) => a.updated_at.localeCompare(b.updated_at))
              .map((session) => (
                <li key={session.id}>
                  <Link
                    href={`/sessions/${session.id}`}
                    className="tap flex items-center gap-3 rounded-md border border-line bg-raised px-4 py-3 no-underline transition-colors duration-120 hover:bg-hover"
                  >
                    <Hand size={16} aria-hidden className="shrink-0 text-warn" />
                    <span className="min-w-0 flex-1">
                      <span className="block truncate font-semibold">{session.title ?? t.sessions.untitled}</span>
                      <span className="nums block text-sm text-muted">
                        {t.approvals.heading} · {formatAge(session.updated_at, now)}
                      </span>
                    </span>
                    <ChevronRight size={16} aria-hidden className="shrink-0 text-muted" />
                  </Link>
                </li>
              ))}
          </ul>
        )}
      </div>
    </div>
  );
}
