import type { SessionResource } from '@claude-sdk-pattern/protocol';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { useLocation, useRoute } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { useNow } from '../../ui/use-now.ts';
import { groupSessions, type SessionGroup } from '../../services/group-sessions.ts';
import { LeaveDialog } from './leave-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { SessionRow } from './session-row.tsx';
import type { SessionsState } from '../../services/sessions-state.ts';

const ShareDialog = lazy(() =>
  import('../sharing/share-dialog.tsx').then((module) => ({ default: module.ShareDialog })),
);
const FoundPlaces = lazy(() => import('./found-places.tsx').then((module) => ({ default: module.FoundPlaces })));

const AGES_EVERY_MS = 30_000;

/** The sidebar's list: groups of sessions, or the results of a search. */
export function SessionList() {
  const { sessions } = useServices();
  const state = useStore(sessions.store);
  const [, params] = useRoute('/sessions/:id');
  const [, navigate] = useLocation();
  const [removing, setRemoving] = useState<SessionResource | null>(null);
  const [leaving, setLeaving] = useState<SessionResource | null>(null);
  const [sharing, setSharing] = useState<SessionResource | null>(null);
  const now = useNow(AGES_EVERY_MS);
  const shown = useMemo(() => visibleSessions(state), [state]);
  const current = useMemo(() => groupSessions(shown, now, state.elsewhere), [shown, now, state.elsewhere]);
  // While the menu of a row is open no row moves: it would move away under the pointer, and its menu would close.
  const [kept, setKept] = useState<readonly SessionGroup[] | null>(null);
  const groups = kept === null ? current : withNewest(kept, state);
  const onMenu = useCallback(
    (open: boolean) => {
      const latest = sessions.store.getState();
      setKept(open ? groupSessions(visibleSessions(latest), Date.now(), latest.elsewhere) : null);
    },
    [sessions],
  );

  if (state.load.state === 'failed') {
    return (
      <div className="flex flex-col items-start gap-2 p-2 text-sm" role="alert">
        <p>
          {t.sessions.failed} {state.load.problem.message}
        </p>
        <Button size="small" onClick={() => void sessions.reload()}>
          {t.app.retry}
        </Button>
      </div>
    );
  }
  return (
    <>
      {groups.map((group) => (
        <section key={group.name} aria-labelledby={`group-${group.name}`} className="mb-3">
          <h3 id={`group-${group.name}`} className="px-2.5 py-1 text-xs font-semibold text-muted">
            {t.sessions.groups[group.name]}
          </h3>
          <ul>
            {group.sessions.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                current={params?.id === session.id}
                now={now}
                onRemove={setRemoving}
                onShare={setSharing}
                onLeave={setLeaving}
                onMenu={onMenu}
              />
            ))}
          </ul>
        </section>
      ))}
      {state.search.query.trim() !== '' && (
        <Suspense>
          <FoundPlaces search={state.search} now={now} />
        </Suspense>
      )}
      {groups.length === 0 && state.search.places.length === 0 && isAnswered(state) && (
        <p className="px-2.5 py-2 text-sm text-muted">
          {state.search.query === '' ? t.sessions.empty : t.sessions.noMatches(state.search.query)}
        </p>
      )}
      {state.nextPage !== null && state.search.query === '' && (
        <Button
          look="quiet"
          size="small"
          className="w-full text-muted"
          disabled={state.loadingMore}
          onClick={() => void sessions.loadMore()}
        >
          {t.sessions.loadMore}
        </Button>
      )}
      {sharing !== null && (
        <Suspense>
          <ShareDialog session={sharing} onClose={() => setSharing(null)} />
        </Suspense>
      )}
      <LeaveDialog
        session={leaving}
        onClose={() => setLeaving(null)}
        onLeaving={(id) => params?.id === id && navigate('/')}
      />
      <RemoveDialog
        session={removing}
        onClose={() => setRemoving(null)}
        onRemoved={(id) => params?.id === id && navigate('/')}
      />
    </>
  );
}

function isAnswered({ load, search }: SessionsState): boolean {
  return load.state === 'ready' && !search.failed && (search.query.trim() === '' || search.ids !== null);
}

/** The groups as they were, with what is known of their sessions now; without those that are gone. */
function withNewest(groups: readonly SessionGroup[], { byId }: SessionsState): readonly SessionGroup[] {
  return groups.flatMap(({ name, sessions }) => {
    const left = sessions.flatMap(({ id }) => byId.get(id) ?? []);
    return left.length === 0 ? [] : [{ name, sessions: left }];
  });
}

function visibleSessions(state: SessionsState): SessionResource[] {
  const all = [...state.byId.values()];
  const query = state.search.query.trim().toLowerCase();
  if (query === '') return all.filter((session) => session.archived_at === null);
  const found = state.search.ids;
  // Until the server has answered, the loaded sessions are searched by title.
  return all.filter((session) => found?.includes(session.id) ?? (session.title ?? '').toLowerCase().includes(query));
}
