import type { PluginFileChange, PluginReviewResource } from '@claude-sdk-pattern/protocol';
import { ChevronRight } from 'lucide-react';
import { clsx } from 'clsx';
import { useState, type ReactNode } from 'react';

import { formatBytes } from '../../ui/format.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { ChangeMark } from './change-mark.tsx';
import { FileChange } from './file-change.tsx';
import { r } from './review-messages.ts';
import { isInstall } from './to-line-rows.ts';
import type { ReviewedPlugin } from './use-review.ts';

/** Which files differ; each opens to its lines. */
export function FileChanges({ of, files }: { of: ReviewedPlugin; files: NonNullable<PluginReviewResource['files']> }) {
  // A bare MCP server has none.
  if (files.added + files.removed + files.changed + files.unchanged === 0) return null;
  return (
    <Disclosure
      label={
        <>
          <span className="font-semibold">{r.files}</span>{' '}
          <span className="nums text-sm text-muted">{r.fileCounts(files)}</span>
        </>
      }
    >
      <ul className="flex flex-col">
        {files.data.map((file) => (
          <li key={file.path} className="border-t border-line">
            <Disclosure label={<FileLine of={of} file={file} />}>
              <FileChange of={of} path={file.path} />
            </Disclosure>
          </li>
        ))}
      </ul>
      {files.left_off > 0 && <p className="text-sm text-muted">{r.filesLeftOff(files.left_off)}</p>}
    </Disclosure>
  );
}

function FileLine({ of, file }: { of: ReviewedPlugin; file: PluginFileChange }) {
  const { path, change, before_bytes: before, after_bytes: after } = file;
  const sizes = [before, after].filter((size) => size !== null).map(formatBytes);
  const told = [
    before === after ? sizes[0] : sizes.join(' → '),
    file.is_binary ? r.binary : null,
    r.executable[file.executable],
  ].filter((each) => each !== null);
  return (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
      {!isInstall(of) && <ChangeMark change={change} />}
      <code className="min-w-0 font-mono text-sm wrap-anywhere">
        <VisibleText text={path} />
      </code>
      <span className="nums text-sm text-muted">{told.join(', ')}</span>
    </span>
  );
}

/** A line that opens what is below it. */
function Disclosure({ label, children }: { label: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="tap flex w-full items-center gap-2 rounded-sm py-1 text-left hover:bg-hover"
      >
        <ChevronRight size={16} aria-hidden className={clsx('shrink-0 text-muted', open && 'rotate-90')} />
        {label}
      </button>
      {open && <div className="pb-2">{children}</div>}
    </div>
  );
}
