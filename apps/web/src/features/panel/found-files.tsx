import type { WorkspaceFileList } from '@claude-sdk-pattern/protocol';
import { File } from 'lucide-react';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { t } from '../../messages/index.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { f } from './file-messages.ts';
import { p } from './messages.ts';

/** Longer than the time between two keys of a fast typist. */
const TYPING_MS = 90;

type Found = { query: string; list: WorkspaceFileList } | { query: string; failed: true };

/** The files that match a query, best match first. `onFirst` hears of the first of them, null while it is not known. */
export function FoundFiles({ query, onFirst }: { query: string; onFirst: (path: string | null) => void }) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  /** Changes when a turn has ended, because the turn may have changed the files. */
  const idle = useSession((state) => state.view.activity === 'idle');
  const [asked, setAsked] = useState(0);
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const look = () =>
      workspace.find(sessionId, query, abort.signal).then(
        (list) => !abort.signal.aborted && setFound({ query, list }),
        () => !abort.signal.aborted && setFound({ query, failed: true }),
      );
    const timer = setTimeout(() => void look(), TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [workspace, sessionId, query, asked, idle]);
  const files = found !== null && 'list' in found ? found.list.data : [];
  const first = found?.query === query ? (files[0]?.path ?? null) : null;
  useEffect(() => {
    onFirst(first);
    return () => onFirst(null);
  }, [first, onFirst]);
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain p-1">
      {found !== null && 'failed' in found ? (
        <EmptyTab icon={File} title={p.file.failed} alert>
          <Button size="small" onClick={() => setAsked(asked + 1)}>
            {t.app.retry}
          </Button>
        </EmptyTab>
      ) : found !== null && files.length === 0 ? (
        <EmptyTab icon={File} title={p.file.noMatches(query)} />
      ) : (
        <ul aria-label={f.results}>
          {files.map(({ path }) => (
            <li key={path}>
              <FileLine path={path} />
            </li>
          ))}
        </ul>
      )}
      {found !== null && 'list' in found && found.list.truncated && (
        <p className="px-3 py-2 text-sm text-muted">{p.file.more}</p>
      )}
    </div>
  );
}

function FileLine({ path }: { path: string }) {
  const slash = path.lastIndexOf('/') + 1;
  return (
    <PanelLink
      view={{ tab: 'file', path }}
      label={path}
      className="tap flex items-center gap-2 rounded-sm px-3 py-1.5 outline-offset-[-2px] hover:bg-hover"
    >
      <File size={14} aria-hidden className="shrink-0 text-muted" />
      <span className="min-w-0 truncate">
        {path.slice(slash)}
        {slash > 0 && <span className="ml-2 text-sm text-muted">{path.slice(0, slash - 1)}</span>}
      </span>
    </PanelLink>
  );
}
