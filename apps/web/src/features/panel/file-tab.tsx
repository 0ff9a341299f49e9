import { ArrowLeft, Copy, Download, FileQuestionMark, FileX, Link, Pencil, RotateCw, Trash2 } from 'lucide-react';
import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';
import { lazy, Suspense, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { findInFolders, useDirectFolders } from '../../services/direct-folders.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { Markdown } from '../../markdown/markdown.tsx';
import { useSession } from '../../session/session-context.ts';
import { chat } from '../../messages/chat.ts';
import { t } from '../../messages/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { formatBytes } from '../../ui/format.ts';
import { MenuItem, MenuLink, MenuSeparator } from '../../ui/menu.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { Segments } from '../../ui/segments.tsx';
import { ElsewhereFile } from './elsewhere-file.tsx';
import { EmptyTab } from './empty-tab.tsx';
import { FileDialogs, type FileTask } from './file-dialogs.tsx';
import { f } from './file-messages.ts';
import { nameOf, parentOf } from './file-tree.ts';
import { FileText } from './file-text.tsx';
import { FilesTab } from './files-tab.tsx';
import { p } from './messages.ts';
import type { PanelView } from '../../services/panel-route.ts';
import type { Files } from './use-files.ts';
import { useWorkspaceFile, type FileState } from './use-workspace-file.ts';

const HtmlPreview = lazy(() =>
  import('../../markdown/html-preview.tsx').then((module) => ({ default: module.HtmlPreview })),
);
const FileEditor = lazy(() => import('./file-editor.tsx').then((module) => ({ default: module.FileEditor })));

export interface FileTabProps {
  view: Extract<PanelView, { tab: 'file' }>;
  files: Files;
  onView: (view: PanelView) => void;
}

/** A file of the workspace as it is now, or the tree of them. */
export function FileTab({ view, files, onView }: FileTabProps) {
  const { path, line } = view;
  const choose = (chosen: string) => {
    files.tree.reveal(chosen);
    onView({ tab: 'file', path: chosen });
  };
  const folders = useDirectFolders();
  if (path === undefined) return <FilesTab files={files} onChoose={choose} />;
  const elsewhere = findInFolders(folders, path);
  if (elsewhere !== null) return <ElsewhereFile {...elsewhere} onView={onView} />;
  return (
    <OpenFile
      key={path}
      {...{ path, line }}
      onBack={() => onView({ tab: 'file' })}
      onMoved={(to) => onView({ tab: 'file', path: to })}
    />
  );
}

interface OpenFileProps {
  path: string;
  line: number | undefined;
  onBack: () => void;
  onMoved: (path: string) => void;
}

/** How a file is shown besides its text. */
type Look = 'text' | 'rendered';

function OpenFile({ path, line, onBack, onMoved }: OpenFileProps) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  const mayChange = useMayDrive();
  const { file, reload } = useWorkspaceFile(path);
  const [look, setLook] = useState<Look>('text');
  const [edited, setEdited] = useState<WorkspaceFile | null>(null);
  const [task, setTask] = useState<FileTask | null>(null);
  const ready = file.state === 'ready' ? file.file : null;
  const mayEdit = mayChange && ready !== null && ready.text !== null && !ready.truncated;
  const folder = parentOf(path);
  return (
    <>
      <div className="flex min-h-10 shrink-0 items-center gap-1 border-b border-line px-1">
        {edited === null && (
          <IconButton size="small" label={p.file.back} onClick={onBack}>
            <ArrowLeft size={15} aria-hidden />
          </IconButton>
        )}
        <h3 className="min-w-0 flex-1 truncate px-1 text-sm" title={path}>
          <span className="font-semibold">{nameOf(path)}</span>
          {folder !== '' && <span className="ml-2 text-muted">{folder}</span>}
        </h3>
        {edited === null && (
          <>
            {mayEdit && (
              <IconButton size="small" label={f.edit} onClick={() => setEdited(ready)}>
                <Pencil size={14} aria-hidden />
              </IconButton>
            )}
            <CopyButton text={() => location.href} label={p.file.copyLink} icon={<Link size={14} aria-hidden />} />
            <IconButton size="small" label={p.file.reload} onClick={reload}>
              <RotateCw size={14} aria-hidden />
            </IconButton>
            <MoreMenu label={f.fileActions(nameOf(path))}>
              <MenuLink
                icon={<Download size={15} />}
                href={workspace.toContentHref(sessionId, path, { download: true })}
                download
              >
                {f.download}
              </MenuLink>
              <MenuItem icon={<Copy size={15} />} onSelect={() => void navigator.clipboard.writeText(path)}>
                {p.file.copyPath}
              </MenuItem>
              {mayChange && (
                <>
                  <MenuSeparator />
                  <MenuItem icon={<Pencil size={15} />} onSelect={() => setTask({ task: 'rename', path })}>
                    {f.rename}
                  </MenuItem>
                  <MenuItem
                    icon={<Trash2 size={15} />}
                    danger
                    onSelect={() => setTask({ task: 'remove', path, folder: false })}
                  >
                    {f.remove}
                  </MenuItem>
                </>
              )}
            </MoreMenu>
          </>
        )}
      </div>
      {edited === null ? (
        <FileBody {...{ file, path, line, look }} onLook={setLook} onRetry={reload} />
      ) : (
        <ErrorBoundary resetKey={path}>
          <Suspense fallback={<p className="anim-late px-4 py-3 text-sm text-muted">{f.editor.loading}</p>}>
            <FileEditor
              file={edited}
              present={file.state === 'gone' ? null : ready}
              onClose={() => {
                setEdited(null);
                reload();
              }}
            />
          </Suspense>
        </ErrorBoundary>
      )}
      <FileDialogs
        task={task}
        onClose={() => setTask(null)}
        onDone={(_task, to) => {
          setTask(null);
          if (to === null) onBack();
          else onMoved(to);
        }}
      />
    </>
  );
}

/** Texts that can be shown as what they say. */
const RENDERED_TYPES: ReadonlySet<string> = new Set(['text/markdown', 'text/html', 'image/svg+xml']);

interface FileBodyProps {
  file: FileState;
  path: string;
  line: number | undefined;
  look: Look;
  onLook: (look: Look) => void;
  onRetry: () => void;
}

function FileBody({ file, path, line, look, onLook, onRetry }: FileBodyProps) {
  switch (file.state) {
    case 'loading':
      return <p className="anim-late px-4 py-3 text-sm text-muted">{t.app.loading}</p>;
    case 'gone':
      return <EmptyTab icon={FileX} title={p.file.gone} help={p.file.goneHelp} />;
    case 'failed':
      return (
        <EmptyTab icon={FileX} title={p.file.readFailed} help={file.problem.message} alert>
          <Button size="small" onClick={onRetry}>
            {t.app.retry}
          </Button>
        </EmptyTab>
      );
    case 'ready': {
      const { text, size_bytes: size, truncated, mime_type: type } = file.file;
      if (text === null && type.startsWith('image/')) return <ImageView file={file.file} />;
      if (text === null) return <EmptyTab icon={FileQuestionMark} title={p.file.binary} help={formatBytes(size)} />;
      if (text === '') return <EmptyTab icon={FileQuestionMark} title={p.file.emptyFile} />;
      const lines = text.replace(/\n$/, '').split('\n').length;
      const rendered = !truncated && RENDERED_TYPES.has(type);
      return (
        <>
          {truncated && (
            <p className="border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn">
              {p.file.truncated(formatBytes(size))}
            </p>
          )}
          {rendered && (
            <div className="shrink-0 border-b border-line p-1">
              <Segments
                label={f.view.label}
                value={look}
                options={[
                  ['text', f.view.text],
                  ['rendered', f.view.rendered],
                ]}
                onChange={onLook}
              />
            </div>
          )}
          {rendered && look === 'rendered' ? (
            <Rendered file={file.file} text={text} />
          ) : (
            <FileText path={path} text={text} {...(line !== undefined && line <= lines && { line })} />
          )}
          <div className="flex min-h-8 shrink-0 items-center justify-between border-t border-line pr-1 pl-4 text-xs text-muted">
            <span className="nums">{p.file.facts(chat.tools.lines(lines), formatBytes(size))}</span>
            <CopyButton text={text} label={p.file.copy} />
          </div>
        </>
      );
    }
  }
}

function Rendered({ file, text }: { file: WorkspaceFile; text: string }) {
  if (file.mime_type === 'image/svg+xml') return <ImageView file={file} />;
  if (file.mime_type === 'text/html')
    return (
      <Suspense fallback={null}>
        <HtmlPreview html={text} fills />
      </Suspense>
    );
  return (
    <div
      role="group"
      aria-label={file.path}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto px-4 py-3 outline-offset-[-2px]"
    >
      <Markdown text={text} id={`file:${file.path}`} />
    </div>
  );
}

function ImageView({ file: { path, version, size_bytes: size } }: { file: WorkspaceFile }) {
  const { workspace } = useServices().api;
  const sessionId = useSession((state) => state.sessionId);
  return (
    <>
      <div
        role="group"
        aria-label={path}
        tabIndex={0}
        className="flex min-h-0 flex-1 items-start justify-center overflow-auto bg-surface p-4 outline-offset-[-2px]"
      >
        <img
          src={workspace.toContentHref(sessionId, path, { stamp: version })}
          alt={f.image(path)}
          className="max-w-full rounded-sm border border-line bg-bg"
        />
      </div>
      <p className="nums flex min-h-8 shrink-0 items-center border-t border-line px-4 text-xs text-muted">
        {formatBytes(size)}
      </p>
    </>
  );
}
