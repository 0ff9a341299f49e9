import type { KeyboardEvent } from 'react';

import { RewindPreview } from '../panel/rewind-preview.tsx';
import type { FilesPreview } from '../panel/use-rewind-preview.ts';
import { b } from './messages.ts';

interface PutFilesBackProps {
  preview: FilesPreview;
  checked: boolean;
  onChange: (checked: boolean) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Below a message that is changed: whether the files go back to before it as well, and which. */
export function PutFilesBack({ preview, checked, onChange, onKeyDown }: PutFilesBackProps) {
  return (
    <div className="flex flex-col gap-2 px-4 pb-3 text-sm">
      <label className="tap flex w-fit items-center gap-2">
        <input
          type="checkbox"
          checked={checked}
          onChange={({ target }) => onChange(target.checked)}
          onKeyDown={onKeyDown}
        />
        <span>
          {b.putFilesBack} <span className="nums text-muted">{b.movedOn(preview.total)}</span>
        </span>
      </label>
      {checked && <RewindPreview preview={preview} />}
    </div>
  );
}
