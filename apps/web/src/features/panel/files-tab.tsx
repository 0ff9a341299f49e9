import { FilePlus, FileUp, Plus, FolderPlus, Download, Pencil, Search, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useRef, useState, type DragEvent } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { useSession } from '../../session/session-context.ts';
import { t } from '../../messages/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Menu, MenuItem, MenuLink, MenuSeparator } from '../../ui/menu.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { FileDialogs, type FileTask } from './file-dialogs.tsx';
import { f } from './file-messages.ts';
import { nameOf, parentOf } from './file-tree.ts';
import { FoundFiles } from './found-files.tsx';
import { p } from './messages.ts';
import { readDropped } from './read-dropped.ts';
import { TreeView } from './tree-view.tsx';
import { UploadList } from './upload-list.tsx';
import { useBeat } from './use-beat.ts';
import { useUpload, type Files } from './use-files.ts';

/** The files of the workspace: a tree, a search, and what can be done with them by hand. */
export function FilesTab({ files, onChoose }: { files: Files; onChoose: (path: string) => void }) {
  const { tree, uploads } = files;
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const idle = useSession((state) => state.view.activity === 'idle');
  const mayChange = useMayDrive();
  const [query, setQuery] = useState('');
  const [task, setTask] = useState<FileTask | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const first = useRef<string | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const root = useStore(tree.store, (state) => state.folders.get(''));
  const active = useStore(tree.store, (state) => findActive(state));
  const upload = useUpload(files);
  useBeat(useCallback(() => tree.refresh(), [tree]));
  // The size of a file that grows does not change its folder.
  useEffect(() => {
    if (idle) void tree.refresh({ all: true });
  }, [idle, tree]);

  const folder = active === null ? '' : active.kind === 'folder' ? active.path : parentOf(active.path);
  const begin = folder === '' ? '' : `${folder}/`;
  const rename = () => mayChange && active !== null && setTask({ task: 'rename', path: active.path });
  const remove = () =>
    mayChange && active !== null && setTask({ task: 'remove', path: active.path, folder: active.kind === 'folder' });

  const drop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setTarget(null);
    if (mayChange) void upload(target ?? '', readDropped(event.dataTransfer));
  };
  const drag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    // The message box takes files that are dropped elsewhere on the page.
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = mayChange ? 'copy' : 'none';
    if (mayChange && target === null) setTarget('');
  };

  return (
    <div
      className="relative flex min-h-0 flex-1 flex-col"
      onDragEnter={drag}
      onDragOver={drag}
      onDragLeave={(event) => {
        event.stopPropagation();
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setTarget(null);
      }}
      onDrop={drop}
    >
      <div className="flex min-h-10 shrink-0 items-center gap-1 border-b border-line pr-1 pl-4">
        <label className="flex min-w-0 flex-1 items-center gap-2 text-muted focus-within:text-accent">
          <Search size={14} aria-hidden className="shrink-0" />
          <input
            type="search"
            aria-label={p.file.find}
            placeholder={p.file.find}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.nativeEvent.isComposing || first.current === null) return;
              event.preventDefault();
              onChoose(first.current);
            }}
            className="tap min-w-0 flex-1 bg-transparent text-text outline-none max-md:text-lg"
          />
        </label>
        {mayChange && (
          <>
            <Menu
              label={f.create}
              align="end"
              renderTrigger={(trigger) => (
                <IconButton size="small" label={f.create} {...trigger}>
                  <Plus size={15} aria-hidden />
                </IconButton>
              )}
            >
              <MenuItem icon={<FilePlus size={15} />} onSelect={() => setTask({ task: 'file', path: begin })}>
                {f.newFile}
              </MenuItem>
              <MenuItem icon={<FolderPlus size={15} />} onSelect={() => setTask({ task: 'folder', path: begin })}>
                {f.newFolder}
              </MenuItem>
            </Menu>
            <IconButton size="small" label={f.upload} onClick={() => picker.current?.click()}>
              <FileUp size={15} aria-hidden />
            </IconButton>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              onChange={(event) => {
                const chosen = [...(event.target.files ?? [])].map((file) => ({ path: file.name, file }));
                event.target.value = '';
                void upload(folder, Promise.resolve({ files: chosen, folders: [] }));
              }}
            />
          </>
        )}
        <MoreMenu label={f.actions}>
          {active?.kind === 'file' && (
            <MenuLink
              icon={<Download size={15} />}
              href={workspace.toContentHref(sessionId, active.path, { download: true })}
              download
            >
              {f.download}
            </MenuLink>
          )}
          {active?.kind === 'folder' && (
            <MenuLink icon={<Download size={15} />} href={workspace.toArchiveHref(sessionId, active.path)} download>
              {f.downloadFolder(nameOf(active.path))}
            </MenuLink>
          )}
          <MenuLink icon={<Download size={15} />} href={workspace.toArchiveHref(sessionId, '')} download>
            {f.downloadAll}
          </MenuLink>
          {mayChange && active !== null && (
            <>
              <MenuSeparator />
              <MenuItem icon={<Pencil size={15} />} onSelect={rename}>
                {f.rename}
              </MenuItem>
              <MenuItem icon={<Trash2 size={15} />} danger onSelect={remove}>
                {f.remove}
              </MenuItem>
            </>
          )}
        </MoreMenu>
      </div>
      {query === '' ? (
        <Content
          empty={root !== undefined && root.entries.length === 0}
          failed={root?.problem?.message}
          onRetry={() => void tree.refresh({ all: true })}
        >
          <TreeView
            {...{ tree, target }}
            onOpen={onChoose}
            onRename={rename}
            onRemove={remove}
            onTarget={(over) => mayChange && target !== over && setTarget(over)}
          />
        </Content>
      ) : (
        <FoundFiles query={query} onFirst={(path) => (first.current = path)} />
      )}
      <UploadList uploads={uploads} />
      {target !== null && (
        <p className="pointer-events-none absolute inset-x-3 bottom-3 rounded-md bg-accent px-4 py-2 text-center text-sm font-semibold text-on-accent shadow-up">
          {f.drop(target)}
        </p>
      )}
      <FileDialogs
        task={task}
        onClose={() => setTask(null)}
        onDone={(done, path) => {
          setTask(null);
          void tree.refresh().then(() => path !== null && tree.reveal(path));
          if (done.task === 'file' && path !== null) onChoose(path);
        }}
      />
    </div>
  );
}

interface ContentProps {
  empty: boolean;
  failed: string | undefined;
  onRetry: () => void;
  children: React.ReactNode;
}

function Content({ empty, failed, onRetry, children }: ContentProps) {
  if (empty && failed !== undefined) {
    return (
      <EmptyTab icon={Search} title={p.file.failed} help={failed} alert>
        <Button size="small" onClick={onRetry}>
          {t.app.retry}
        </Button>
      </EmptyTab>
    );
  }
  return empty ? <EmptyTab icon={FilePlus} title={p.file.empty} help={p.file.emptyHelp} /> : children;
}

/** The entry that the toolbar acts on; the same object as long as it is the same entry. */
function findActive({ active, folders }: ReturnType<Files['tree']['store']['getState']>) {
  if (active === null) return null;
  return folders.get(parentOf(active))?.entries.find(({ path }) => path === active) ?? null;
}
