import type { WorkspaceChange, WorkspaceStateResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight, FileDiff, SquareArrowOutUpRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';

import { chat } from '../../messages/chat.ts';
import { PanelLink } from '../../services/panel-link.tsx';
import { usePreferences } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { SideBySideButton } from '../tools/side-by-side-button.tsx';
import { c } from './change-messages.ts';
import { Counts } from './counts.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { p } from './messages.ts';
import { RecordedDiff } from './recorded-diff.tsx';
import type { ChangedIn, Changes } from './use-changes.ts';

/** How many lines of differences are open at first; the files after them open with a press. */
const OPEN_LINES = 600;
/** And of how many files, since each is loaded by itself. */
const OPEN_FILES = 8;

interface RecordedChangesProps {
  value: NonNullable<Changes['value']>;
  revision: number;
  /** The file that a person came for. */
  path: string | undefined;
  changedIn: ChangedIn;
  onChangedIn: (changedIn: ChangedIn) => void;
  /** What is not recorded, above the files. */
  children?: ReactNode;
}

/** What really changed in the files: since the beginning, or in one turn. */
export function RecordedChanges({ value, revision, path, changedIn, onChangedIn, children }: RecordedChangesProps) {
  const { wide } = useShell();
  const split = usePreferences((state) => state.splitDiffs) && wide;
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { changes } = value;
  const openByDefault = useMemo(() => findOpen(changes.data), [changes]);
  const isAlone = children === undefined || children === false;
  return (
    <>
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 border-b border-line py-1 pr-2 pl-3 text-sm">
        <RangeSelect value={value} changedIn={changedIn} onChangedIn={onChangedIn} />
        <p className="nums ml-auto flex gap-3">
          {(changes.total > 0 || isAlone) && <span>{p.changes.total(changes.total)}</span>}
          {changes.total > 0 && <Counts added={changes.added} removed={changes.removed} />}
        </p>
        {wide && <SideBySideButton className="tap" />}
      </div>
      {changes.left_out.count > 0 && (
        <p className="shrink-0 border-b border-line bg-warn-soft px-4 py-2 text-sm wrap-anywhere text-warn">
          {c.leftOut(changes.left_out.count, changes.left_out.paths)}
        </p>
      )}
      {changes.total === 0 && isAlone ? (
        <EmptyTab icon={FileDiff} title={c.none} help={changedIn === null ? c.noneHelp : c.noneInTurn} />
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
          {children}
          {changes.total === 0 && <p className="px-4 py-3 text-sm text-muted">{c.direct.rest}</p>}
          <ul>
            {changes.data.map((change) => (
              <ChangedFile
                key={change.path}
                change={change}
                changedIn={value.in}
                revision={revision}
                split={split}
                wanted={change.path === path}
                open={chosen.get(change.path) ?? (change.path === path || openByDefault.has(change.path))}
                onOpen={(open) => setChosen(new Map(chosen).set(change.path, open))}
              />
            ))}
          </ul>
          {changes.total > changes.data.length && (
            <p className="px-4 py-3 text-sm text-muted">{c.listed(changes.data.length, changes.total)}</p>
          )}
        </div>
      )}
    </>
  );
}

interface RangeSelectProps extends Pick<RecordedChangesProps, 'value' | 'changedIn' | 'onChangedIn'> {}

function RangeSelect({ value, changedIn, onChangedIn }: RangeSelectProps) {
  const changed = value.states.filter((state) => state.changed_files > 0).toReversed();
  const isGone = typeof changedIn === 'number' && !changed.some((state) => toChangedIn(state) === changedIn);
  return (
    <select
      aria-label={c.range}
      value={changedIn ?? ''}
      onChange={({ target }) =>
        onChangedIn(changed.map(toChangedIn).find((each) => String(each) === target.value) ?? null)
      }
      className="tap h-7 max-w-60 min-w-0 rounded-sm border border-control bg-bg px-2 text-sm"
    >
      <option value="">{c.all}</option>
      {changed.map((state) => (
        <option key={state.ordinal} value={String(toChangedIn(state))}>
          {toLabel(state)}
        </option>
      ))}
      {isGone && <option value={changedIn}>{c.turn(changedIn, 0)}</option>}
    </select>
  );
}

function toChangedIn({ reason, turn, ordinal }: WorkspaceStateResource): NonNullable<ChangedIn> {
  return reason === 'turn' ? turn : `state:${ordinal}`;
}

function toLabel({ reason, turn, made_by: people, changed_files: files }: WorkspaceStateResource): string {
  switch (reason) {
    case 'edit':
    case 'terminal':
      return c.byPeople(
        people.map(({ name }) => name),
        reason,
        files,
      );
    case 'rewind':
      return c.byRewind(files);
    case 'before_edit':
    case 'before_rewind':
      return c.between(files);
    case 'beginning':
    case 'turn':
      return c.turn(turn, files);
  }
}

/** The first files, up to so many lines and files; always the first one. */
function findOpen(changes: readonly WorkspaceChange[]): ReadonlySet<string> {
  let left = OPEN_LINES;
  const open = new Set<string>();
  for (const change of changes.slice(0, OPEN_FILES)) {
    left -= (change.added ?? 0) + (change.removed ?? 0);
    if (left >= 0 || open.size === 0) open.add(change.path);
  }
  return open;
}

interface ChangedFileProps {
  change: WorkspaceChange;
  changedIn: ChangedIn;
  revision: number;
  split: boolean;
  wanted: boolean;
  open: boolean;
  onOpen: (open: boolean) => void;
}

function ChangedFile({ change, changedIn, revision, split, wanted, open, onOpen }: ChangedFileProps) {
  const row = useRef<HTMLLIElement>(null);
  const slash = change.path.lastIndexOf('/') + 1;
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'start' });
  }, [wanted]);
  const status = c.statuses[change.status];
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
              <span className={clsx('font-semibold', change.status === 'deleted' && 'line-through')}>
                {change.path.slice(slash)}
              </span>
              {slash > 0 && <span className="ml-2 text-muted">{change.path.slice(0, slash - 1)}</span>}
            </span>
            {status !== '' && (
              <span
                className={clsx('shrink-0 text-xs font-semibold', change.status === 'added' ? 'text-ok' : 'text-bad')}
              >
                {status}
              </span>
            )}
            <span className="nums ml-auto flex shrink-0 gap-1.5 text-xs">
              {change.added !== null && <Counts added={change.added} removed={change.removed ?? 0} />}
            </span>
          </button>
        </h3>
        {change.status !== 'deleted' && (
          <PanelLink
            view={{ tab: 'file', path: change.path }}
            label={`${p.changes.openFile}: ${change.path}`}
            className="tap flex size-7 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
          >
            <SquareArrowOutUpRight size={14} aria-hidden />
          </PanelLink>
        )}
      </div>
      {open && (
        <RecordedDiff
          path={change.path}
          changedIn={changedIn}
          revision={revision}
          split={split}
          label={chat.tools.output}
        />
      )}
    </li>
  );
}
