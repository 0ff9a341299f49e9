import { clsx } from 'clsx';
import { ChevronRight, FileDiff, SquareArrowOutUpRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';

import { usePreferences } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { chat } from '../../messages/chat.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { HunkList } from '../tools/diff-view.tsx';
import { toDiffHunks } from '../tools/diff-hunks.ts';
import { SideBySideButton } from '../tools/side-by-side-button.tsx';
import { collectChanges, type FileChange, type FileEdit } from './collect-changes.ts';
import { Counts } from './counts.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { p } from './messages.ts';
import { PanelLink } from '../../services/panel-link.tsx';

/** How many lines of differences are open at first; the files after them open with a press. */
const OPEN_LINES = 600;
/** The most lines that are shown of one difference; the file tab shows the rest. */
const MAX_LINES = 1500;

/** Every file that the agent's tools say they changed, with its difference: where the server records nothing. */
export function ToldChanges({ path }: { path: string | undefined }) {
  const { wide } = useShell();
  const items = useSession((state) => state.view.items);
  const split = usePreferences((state) => state.splitDiffs) && wide;
  const changes = useMemo(() => collectChanges(items.values()), [items]);
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const openByDefault = useMemo(() => findOpen(changes), [changes]);
  const isLoading = useSession((state) => state.load.state === 'loading');
  if (isLoading && changes.length === 0) return null;
  if (changes.length === 0) {
    return (
      <EmptyTab icon={FileDiff} title={p.changes.empty} help={p.changes.emptyHelp}>
        <OlderChanges />
      </EmptyTab>
    );
  }
  const added = changes.reduce((sum, change) => sum + change.added, 0);
  const removed = changes.reduce((sum, change) => sum + change.removed, 0);
  return (
    <>
      <div className="flex min-h-10 shrink-0 items-center justify-between gap-2 border-b border-line px-4 text-sm">
        <p className="nums flex gap-3">
          <span>{p.changes.total(changes.length)}</span>
          <Counts added={added} removed={removed} />
        </p>
        {wide && <SideBySideButton className="tap" />}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <ul>
          {changes.map((change) => (
            <ToldFile
              key={change.path}
              change={change}
              split={split}
              wanted={change.path === path}
              open={chosen.get(change.path) ?? (change.path === path || openByDefault.has(change.path))}
              onOpen={(open) => setChosen(new Map(chosen).set(change.path, open))}
            />
          ))}
        </ul>
        <OlderChanges />
      </div>
    </>
  );
}

/**
 * The paths of the files that are open at first, so that a hundred changed files are not all rendered: those that fit
 * into OPEN_LINES, and always the first one.
 */
export function findOpen(changes: readonly FileChange[]): ReadonlySet<string> {
  let left = OPEN_LINES;
  const open = new Set<string>();
  for (const change of changes) {
    left -= change.added + change.removed;
    if (left >= 0 || open.size === 0) open.add(change.path);
  }
  return open;
}

/** What of the conversation is not loaded, with the button that loads it. */
export function OlderChanges() {
  const session = useSessionStore();
  const older = useSession((state) => state.older);
  if (older === 'none') return null;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 text-sm text-muted">
      {older === 'loading' ? p.changes.loadingOlder : p.changes.older}
      {older !== 'loading' && (
        <Button size="small" onClick={() => void session.loadOlder()}>
          {p.changes.loadOlder}
        </Button>
      )}
    </p>
  );
}

interface ToldFileProps {
  change: FileChange;
  split: boolean;
  /** True for the file that a person opened from the conversation. */
  wanted: boolean;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** False for a file that the panel cannot show. */
  isShown?: boolean;
}

/** A file with the differences that the conversation tells of it. */
export function ToldFile({ change, split, wanted, open, onOpen, isShown = true }: ToldFileProps) {
  const row = useRef<HTMLLIElement>(null);
  const slash = change.path.lastIndexOf('/') + 1;
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'start' });
  }, [wanted]);
  return (
    <li ref={row} className="border-b border-line">
      <div className="sticky top-0 z-10 flex items-center bg-surface pr-1">
        <h3 className="min-w-0 flex-1">
          <button
            type="button"
            aria-expanded={open}
            title={change.path}
            onClick={() => onOpen(!open)}
            className="tap flex min-h-9 w-full min-w-0 items-center gap-2 py-1.5 pr-2 pl-3 text-left outline-offset-[-2px] hover:bg-hover"
          >
            <ChevronRight
              size={14}
              aria-hidden
              className={clsx('shrink-0 text-muted transition-transform duration-120', open && 'rotate-90')}
            />
            <span className="min-w-0 truncate text-sm">
              <span className="font-semibold">{change.path.slice(slash)}</span>
              {slash > 0 && <span className="ml-2 text-muted">{change.path.slice(0, slash - 1)}</span>}
            </span>
            {change.created && <span className="shrink-0 text-xs font-semibold text-ok">{p.changes.created}</span>}
            <span className="nums ml-auto flex shrink-0 gap-1.5 text-xs">
              <Counts added={change.added} removed={change.removed} />
            </span>
          </button>
        </h3>
        {isShown && (
          <PanelLink
            view={{ tab: 'file', path: change.path }}
            label={`${p.changes.openFile}: ${change.path}`}
            className="tap flex size-7 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
          >
            <SquareArrowOutUpRight size={14} aria-hidden />
          </PanelLink>
        )}
      </div>
      {open &&
        change.edits.map((edit, index) => (
          <EditDiff
            key={edit.id}
            edit={edit}
            split={split}
            label={change.edits.length > 1 ? p.changes.editOf(index + 1, change.edits.length) : null}
          />
        ))}
    </li>
  );
}

function EditDiff({ edit, split, label }: { edit: FileEdit; split: boolean; label: string | null }) {
  const all = useMemo(() => toDiffHunks(edit.hunks), [edit.hunks]);
  const total = all.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  return (
    <div>
      {label !== null && <p className="border-t border-line px-4 py-1 text-xs font-semibold text-muted">{label}</p>}
      {total === 0 ? (
        <p className="border-t border-line px-4 py-2 text-sm text-muted">{p.changes.notShown}</p>
      ) : (
        <div
          className="overflow-x-auto border-t border-line outline-offset-[-2px]"
          tabIndex={0}
          role="group"
          aria-label={label ?? chat.tools.output}
        >
          <HunkList hunks={all} split={split} max={MAX_LINES} />
        </div>
      )}
      {total > MAX_LINES && (
        <p className="px-4 py-2 text-sm text-muted">{p.changes.hidden(chat.tools.lines(total - MAX_LINES))}</p>
      )}
    </div>
  );
}
