import type { WorkspaceFileList } from '@claude-sdk-pattern/protocol';
import { File, Search } from 'lucide-react';
import { useEffect, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { p } from './messages.ts';
import { PanelLink } from '../../services/panel-link.tsx';

/** Longer than the time between two keys of a fast typist. */
const TYPING_MS = 90;

type Found = { query: string; list: WorkspaceFileList } | { query: string; failed: true };

/** The files of the workspace, with a search field. Enter opens the first file. */
export function FileList({ onChoose }: { onChoose: (path: string) => void }) {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  /** Changes when a turn has ended, because the turn may have changed the files. */
  const idle = useSession((state) => state.view.activity === 'idle');
  const [query, setQuery] = useState('');
  const [asked, setAsked] = useState(0);
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const look = () =>
      api.findFiles(sessionId, query, abort.signal).then(
        (list) => !abort.signal.aborted && setFound({ query, list }),
        () => !abort.signal.aborted && setFound({ query, failed: true }),
      );
    const timer = setTimeout(() => void look(), query === '' ? 0 : TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, sessionId, query, asked, idle]);
  const files = found !== null && 'list' in found ? found.list.data : [];
  return (
    <>
      <label className="flex min-h-10 shrink-0 items-center gap-2 border-b border-line px-4 text-muted focus-within:text-accent">
        <Search size={14} aria-hidden />
        <input
          type="search"
          aria-label={p.file.find}
          placeholder={p.file.find}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            const [first] = files;
            const isAnswered = found?.query === query && query !== '';
            if (event.key !== 'Enter' || event.nativeEvent.isComposing || first === undefined || !isAnswered) return;
            event.preventDefault();
            onChoose(first.path);
          }}
          className="tap min-w-0 flex-1 bg-transparent text-text outline-none max-md:text-lg"
        />
      </label>
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain p-1">
        {found !== null && 'failed' in found ? (
          <EmptyTab icon={File} title={p.file.failed} alert>
            <Button size="small" onClick={() => setAsked(asked + 1)}>
              {t.app.retry}
            </Button>
          </EmptyTab>
        ) : found !== null && files.length === 0 ? (
          <EmptyTab icon={File} title={query === '' ? p.file.empty : p.file.noMatches(query)} />
        ) : (
          <ul aria-label={p.file.list}>
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
    </>
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
