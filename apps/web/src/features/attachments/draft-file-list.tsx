import { clsx } from 'clsx';
import { FileText, LoaderCircle, TriangleAlert, X } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { formatBytes } from '../../ui/format.ts';
import type { DraftFile } from '../../services/draft-files.ts';

export interface DraftFileListProps {
  files: readonly DraftFile[];
  onRemove: (localId: string) => void;
}

/** The files of the unsent message, above its text. */
export function DraftFileList({ files, onRemove }: DraftFileListProps) {
  if (files.length === 0) return null;
  return (
    <ul aria-label={t.attachments.list} className="flex max-h-44 flex-wrap gap-2 overflow-y-auto px-3 pt-3">
      {files.map((file) => (
        <li
          key={file.localId}
          className={clsx(
            'flex max-w-full items-center gap-2 rounded-sm border bg-surface p-1 text-sm',
            file.state === 'failed' ? 'border-bad' : 'border-line',
          )}
        >
          <Picture file={file} />
          <span className="min-w-0">
            <span className="block max-w-52 truncate font-semibold" title={file.name}>
              {file.name}
            </span>
            <FileState file={file} />
          </span>
          <button
            type="button"
            aria-label={t.attachments.remove(file.name)}
            title={t.attachments.remove(file.name)}
            onClick={() => {
              onRemove(file.localId);
              // The button is removed with the file, so the focus moves to the message box.
              document.getElementById('composer')?.focus();
            }}
            className="tap flex size-7 shrink-0 items-center justify-center self-start rounded-sm text-muted hover:bg-hover hover:text-text"
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Picture({ file }: { file: DraftFile }) {
  const box = 'flex size-10 shrink-0 items-center justify-center rounded-sm';
  if (file.state === 'failed') {
    return (
      <span className={clsx(box, 'text-bad')}>
        <TriangleAlert size={18} aria-hidden />
      </span>
    );
  }
  if (file.previewUrl !== null) return <img src={file.previewUrl} alt="" className={clsx(box, 'object-cover')} />;
  return (
    <span className={clsx(box, 'text-muted')}>
      <FileText size={18} aria-hidden />
    </span>
  );
}

function FileState({ file }: { file: DraftFile }) {
  switch (file.state) {
    case 'uploading':
      return (
        <span className="flex items-center gap-1 text-xs text-muted">
          <LoaderCircle size={12} aria-hidden className="anim-turn" />
          <span className="nums">{t.attachments.uploading(Math.floor(file.part * 100))}</span>
        </span>
      );
    case 'failed':
      return (
        <span role="alert" className="block max-w-72 text-xs text-bad">
          {file.message}
        </span>
      );
    case 'ready':
      if (file.sizeBytes === null) return null;
      return <span className="nums block text-xs text-muted">{formatBytes(file.sizeBytes)}</span>;
  }
}
