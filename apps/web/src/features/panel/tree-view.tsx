import { clsx } from 'clsx';
import { ChevronRight, File, FileQuestionMark, FileSymlink, Folder, FolderOpen } from 'lucide-react';
import { memo, useEffect, useId, useMemo, useRef, type DragEvent } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { useStore } from 'zustand';

import { formatBytes } from '../../ui/format.ts';
import { f } from './file-messages.ts';
import { moveInTree, parentOf, toTreeRows, type FileTree, type TreeRow } from './file-tree.ts';

export interface TreeViewProps {
  tree: FileTree;
  onOpen: (path: string) => void;
  onRename: () => void;
  onRemove: () => void;
  /** The folder into which files are being dragged; null for none. */
  target: string | null;
  onTarget: (folder: string) => void;
}

/** The workspace as a tree. One element has the focus and says which row is active, because rows come and go. */
export function TreeView({ tree, onOpen, onRename, onRemove, target, onTarget }: TreeViewProps) {
  const folders = useStore(tree.store, (state) => state.folders);
  const open = useStore(tree.store, (state) => state.open);
  const active = useStore(tree.store, (state) => state.active);
  const rows = useMemo(() => toTreeRows({ folders, open }), [folders, open]);
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const at = rows.findIndex((row) => row.row === 'entry' && row.path === active);
  const wanted = useRef(active);
  useEffect(() => {
    if (wanted.current === active || at === -1) return;
    wanted.current = active;
    list.current?.scrollToIndex(at, { align: 'nearest' });
  }, [active, at]);

  const act = (path: string) => {
    const row = rows.find((each) => each.row === 'entry' && each.path === path);
    if (row?.row !== 'entry') return;
    if (row.open !== undefined) tree.setOpen(path, !row.open);
    else if (row.kind !== 'other') onOpen(path);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (event.key === 'Enter' || event.key === ' ') {
      if (active !== null) act(active);
    } else if (event.key === 'F2') onRename();
    else if (event.key === 'Delete') onRemove();
    else {
      const move = moveInTree(rows, active, event.key);
      if (move === undefined) return;
      if ('active' in move) tree.setActive(move.active);
      else tree.setOpen(move.path, move.open);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  /** The folder that a row stands for or stands in. */
  const onDragOver = (event: DragEvent) => {
    const row = (event.target as Element).closest<HTMLElement>('[data-folder]');
    onTarget(row?.dataset['folder'] ?? '');
  };

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={f.tree}
      tabIndex={0}
      aria-activedescendant={at === -1 ? undefined : `${id}-${at}`}
      onKeyDown={onKeyDown}
      onClick={({ target: pressed }) => {
        const path =
          pressed instanceof Element ? pressed.closest<HTMLElement>('[data-path]')?.dataset['path'] : undefined;
        if (path === undefined) return;
        tree.setActive(path);
        act(path);
      }}
      onDragOver={onDragOver}
      onFocus={() => {
        const first = rows.find((row) => row.row === 'entry');
        if (active === null && first !== undefined) tree.setActive(first.path);
      }}
      className={clsx(
        'group/tree min-h-0 flex-1 overflow-auto overscroll-contain py-1 outline-offset-[-2px]',
        // The active row shows the focus.
        at !== -1 && 'outline-none',
      )}
    >
      <Virtualizer ref={list} scrollRef={scroller} itemSize={28} keepMounted={at === -1 ? [] : [at]} data={rows}>
        {(row, index) =>
          row.row === 'entry' ? (
            <EntryRow
              key={row.path}
              id={`${id}-${index}`}
              row={row}
              active={row.path === active}
              target={target !== null && target !== '' && target === row.path}
            />
          ) : (
            <NoteRow key={`${row.path}/${row.note}`} row={row} tree={tree} />
          )
        }
      </Virtualizer>
    </div>
  );
}

interface EntryRowProps {
  id: string;
  row: Extract<TreeRow, { row: 'entry' }>;
  active: boolean;
  target: boolean;
}

const INDENT_PX = 14;
const ICONS = { file: File, folder: Folder, link: FileSymlink, other: FileQuestionMark } as const;

const EntryRow = memo(
  function EntryRow({ id, row, active, target }: EntryRowProps) {
    const { path, name, kind, level, open, sizeBytes } = row;
    const Icon = open === true ? FolderOpen : ICONS[kind];
    return (
      <div
        id={id}
        role="treeitem"
        aria-level={level}
        aria-posinset={row.position}
        aria-setsize={row.siblings}
        aria-expanded={open}
        aria-selected={active}
        data-folder={kind === 'folder' ? path : parentOf(path)}
        title={path}
        data-path={path}
        style={{ paddingLeft: 6 + (level - 1) * INDENT_PX }}
        className={clsx(
          'tap flex min-h-7 min-w-0 cursor-pointer items-center gap-1.5 pr-3 select-none hover:bg-hover',
          active &&
            'bg-hover group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-offset-[-2px] group-focus-visible/tree:outline-accent',
          target && 'bg-accent-soft',
        )}
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={clsx('shrink-0 text-muted', open === undefined && 'invisible', open === true && 'rotate-90')}
        />
        <Icon size={14} aria-hidden className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate">{name}</span>
        {(kind === 'link' || kind === 'other') && <span className="text-xs text-muted">{f.kinds[kind]}</span>}
        {sizeBytes !== null && <span className="nums shrink-0 text-xs text-muted">{formatBytes(sizeBytes)}</span>}
      </div>
    );
  },
  (a, b) =>
    a.id === b.id &&
    a.active === b.active &&
    a.target === b.target &&
    a.row.open === b.row.open &&
    a.row.path === b.row.path &&
    a.row.kind === b.row.kind &&
    a.row.sizeBytes === b.row.sizeBytes &&
    a.row.siblings === b.row.siblings &&
    a.row.level === b.row.level,
);

function NoteRow({ row, tree }: { row: Extract<TreeRow, { row: 'note' }>; tree: FileTree }) {
  const { path, level, note } = row;
  // The rest of a folder is loaded when its end comes near the screen.
  useEffect(() => {
    if (note === 'more') tree.loadMore(path);
  }, [note, path, tree]);
  return (
    <div
      role="none"
      style={{ paddingLeft: 26 + (level - 1) * INDENT_PX }}
      className="flex min-h-7 items-center gap-2 pr-3 text-sm text-muted"
    >
      <span className={note === 'loading' ? 'anim-late' : undefined}>{f.notes[note]}</span>
    </div>
  );
}
