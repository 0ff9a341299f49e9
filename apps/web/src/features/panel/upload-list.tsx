import { X } from 'lucide-react';
import { useStore } from 'zustand';

import { Button, IconButton } from '../../ui/button.tsx';
import { f } from './file-messages.ts';
import type { Upload, Uploads } from './uploads.ts';

/** What is being uploaded, and what was not; nothing while there is nothing to tell. */
export function UploadList({ uploads }: { uploads: Uploads }) {
  const list = useStore(uploads.store, (state) => state.list);
  if (list.length === 0) return null;
  const done = list.filter(({ state }) => state === 'done').length;
  const open = list.filter(({ state }) => state === 'exists' || state === 'failed');
  const isSending = done + open.length < list.length;
  const words = isSending
    ? f.uploads.doing(done + open.length, list.length)
    : open.length > 0
      ? f.uploads.open(open.length)
      : f.uploads.done(done);
  return (
    <section aria-label={f.uploads.label} className="max-h-1/2 shrink-0 overflow-y-auto border-t border-line text-sm">
      <div className="flex min-h-9 items-center justify-between pr-1 pl-4">
        <p role="status" className="nums font-semibold">
          {words}
        </p>
        {!isSending && (
          <IconButton size="small" label={f.uploads.close} onClick={() => list.forEach(({ id }) => uploads.drop(id))}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      <ul>
        {list
          .filter(({ state }) => state !== 'done')
          .slice(0, 20)
          .map((upload) => (
            <UploadRow key={upload.id} upload={upload} uploads={uploads} />
          ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { id, path, state, part, problem } = upload;
  const isMoving = state === 'waiting' || state === 'sending';
  return (
    <li className="border-t border-line px-4 py-1.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate" title={path}>
          {path}
        </span>
        {isMoving && (
          <IconButton size="small" label={f.uploads.cancel(path)} onClick={() => uploads.drop(id)}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      {isMoving && (
        <progress
          max={1}
          value={part}
          aria-label={f.uploads.progress(path)}
          className="block h-1 w-full overflow-hidden rounded-sm accent-accent"
        />
      )}
      {!isMoving && (
        <div className="flex flex-wrap items-center gap-2">
          <p className={state === 'failed' ? 'text-bad' : 'text-muted'}>
            {state === 'exists' ? f.uploads.exists : problem?.message}
          </p>
          <span className="ml-auto flex gap-2">
            <Button size="small" onClick={() => uploads.resend(id)}>
              {state === 'exists' ? f.uploads.replace : f.uploads.retry}
            </Button>
            <Button size="small" look="quiet" onClick={() => uploads.drop(id)}>
              {f.uploads.skip}
            </Button>
          </span>
        </div>
      )}
    </li>
  );
}
