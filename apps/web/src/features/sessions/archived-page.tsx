import { Archive, ArchiveRestore } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';

import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { allows, levelOf } from '../../services/session-level.ts';
import { Button } from '../../ui/button.tsx';
import { formatAge } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';

const AGES_EVERY_MS = 30_000;
const PAGE_SIZE = 100;
/** The number of sessions to find at a time, over as many requests as needed. */
const WANTED = 30;

type Load = { state: 'loading' } | { state: 'ready'; nextPage: string | null } | { state: 'failed'; problem: Problem };

/** The archived sessions, with a button that restores each. */
export function ArchivedPage() {
  const { api, sessions } = useServices();
  const { drawerButton } = useShell();
  const now = useNow(AGES_EVERY_MS);
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  const archived = useStore(
    sessions.store,
    useShallow((state) => [...state.byId.values()].filter((session) => session.archived_at !== null)),
  );
  const look = useCallback(
    async (from: string | null) => {
      setLoad({ state: 'loading' });
      try {
        let page = from;
        let found = 0;
        do {
          const query = { limit: PAGE_SIZE, includeArchived: true };
          const list = await api.listSessions({ ...query, ...(page !== null && { page }) });
          // Those of others are few: only their newest are looked through.
          const shared = page === null ? (await api.listSessions({ ...query, shared: true })).data : [];
          const archivedOnes = [...list.data, ...shared].filter((session) => session.archived_at !== null);
          for (const session of archivedOnes) sessions.note(session);
          found += archivedOnes.length;
          page = list.next_page;
        } while (page !== null && found < WANTED);
        setLoad({ state: 'ready', nextPage: page });
      } catch (error) {
        setLoad({ state: 'failed', problem: toProblem(error) });
      }
    },
    [api, sessions],
  );
  useEffect(() => void look(null), [look]);

  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 md:px-4">
        {drawerButton}
        <h1 className="font-semibold">{t.sessions.groups.archived}</h1>
      </header>
      <div className="mx-auto w-full max-w-[792px] px-4 py-6">
        <ul className="flex flex-col gap-2">
          {archived
            .toSorted((a, b) => (b.archived_at ?? '').localeCompare(a.archived_at ?? ''))
            .map((session) => (
              <li
                key={session.id}
                className="flex items-center gap-2 rounded-md border border-line bg-raised pr-2 transition-colors duration-120 hover:bg-hover"
              >
                <Link
                  href={`/sessions/${session.id}`}
                  className="tap flex min-w-0 flex-1 flex-col justify-center rounded-md px-4 py-2.5 no-underline"
                >
                  <span className="truncate font-semibold">{session.title ?? t.sessions.untitled}</span>
                  <span className="nums text-sm text-muted">
                    {t.sessions.archivedAt(formatAge(session.archived_at ?? '', now))}
                    {session.shared !== undefined && ` · ${t.sharing.by(session.shared.owner.name)}`}
                  </span>
                </Link>
                {allows(levelOf(session), 'manage') && (
                  <Button
                    look="quiet"
                    size="small"
                    onClick={() => void sessions.archive(session.id, false, t.sessions.unarchive)}
                  >
                    <ArchiveRestore size={14} aria-hidden />
                    <span className="max-md:sr-only">{t.sessions.unarchive}</span>
                  </Button>
                )}
              </li>
            ))}
        </ul>
        {load.state === 'failed' && (
          <p role="alert" className="flex items-center gap-2 text-sm text-bad">
            {t.sessions.failed} {load.problem.message}
            <Button size="small" onClick={() => void look(null)}>
              {t.app.retry}
            </Button>
          </p>
        )}
        {load.state === 'ready' && archived.length === 0 && (
          <div className="py-16 text-center">
            <Archive size={24} aria-hidden className="mx-auto mb-3 text-muted" />
            <p className="font-semibold">{t.sessions.archivedNone}</p>
            <p className="text-muted">{t.sessions.archivedHelp}</p>
          </div>
        )}
        {load.state === 'ready' && load.nextPage !== null && (
          <Button look="quiet" className="mt-2 w-full text-muted" onClick={() => void look(load.nextPage)}>
            {t.sessions.loadMore}
          </Button>
        )}
      </div>
    </div>
  );
}
