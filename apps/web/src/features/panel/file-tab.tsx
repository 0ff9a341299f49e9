import { ArrowLeft, FileQuestionMark, FileX, Link, RotateCw } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { EmptyTab } from './empty-tab.tsx';
import { FileList } from './file-list.tsx';
import { FileText } from './file-text.tsx';
import { p } from './messages.ts';
import type { PanelView } from '../../services/panel-route.ts';
import { useWorkspaceFile, type FileState } from './use-workspace-file.ts';

export interface FileTabProps {
  view: Extract<PanelView, { tab: 'file' }>;
  onView: (view: PanelView) => void;
}

/** A file of the workspace as it is now, or the list of them. */
export function FileTab({ view, onView }: FileTabProps) {
  const { path, line } = view;
  if (path === undefined) return <FileList onChoose={(chosen) => onView({ tab: 'file', path: chosen })} />;
  return <OpenFile path={path} line={line} onBack={() => onView({ tab: 'file' })} />;
}

function OpenFile({ path, line, onBack }: { path: string; line: number | undefined; onBack: () => void }) {
  const { file, reload } = useWorkspaceFile(path);
  const slash = path.lastIndexOf('/') + 1;
  return (
    <>
      <div className="flex min-h-10 shrink-0 items-center gap-1 border-b border-line px-1">
        <IconButton size="small" label={p.file.back} onClick={onBack}>
          <ArrowLeft size={15} aria-hidden />
        </IconButton>
        <h3 className="min-w-0 flex-1 truncate px-1 text-sm" title={path}>
          <span className="font-semibold">{path.slice(slash)}</span>
          {slash > 0 && <span className="ml-2 text-muted">{path.slice(0, slash - 1)}</span>}
        </h3>
        <CopyButton text={path} label={p.file.copyPath} />
        <CopyButton text={() => location.href} label={p.file.copyLink} icon={<Link size={14} aria-hidden />} />
        <IconButton size="small" label={p.file.reload} onClick={reload}>
          <RotateCw size={14} aria-hidden />
        </IconButton>
      </div>
      <FileBody file={file} path={path} line={line} onRetry={reload} />
    </>
  );
}

interface FileBodyProps {
  file: FileState;
  path: string;
  line: number | undefined;
  onRetry: () => void;
}

function FileBody({ file, path, line, onRetry }: FileBodyProps) {
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
      const { text, size_bytes: size, truncated } = file.file;
      if (text === null) return <EmptyTab icon={FileQuestionMark} title={p.file.binary} help={formatBytes(size)} />;
      if (text === '') return <EmptyTab icon={FileQuestionMark} title={p.file.emptyFile} />;
      const lines = text.replace(/\n$/, '').split('\n').length;
      return (
        <>
          {truncated && (
            <p className="border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn">
              {p.file.truncated(formatBytes(size))}
            </p>
          )}
          <FileText path={path} text={text} {...(line !== undefined && line <= lines && { line })} />
          <div className="flex min-h-8 shrink-0 items-center justify-between border-t border-line pr-1 pl-4 text-xs text-muted">
            <span className="nums">{p.file.facts(t.tools.lines(lines), formatBytes(size))}</span>
            <CopyButton text={text} label={p.file.copy} />
          </div>
        </>
      );
    }
  }
}
