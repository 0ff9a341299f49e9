import { Paperclip } from 'lucide-react';
import { useRef } from 'react';

import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';

/** Opens the browser's file chooser. */
export function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t.attachments.add} className="size-8" onClick={() => input.current?.click()}>
        <Paperclip size={16} aria-hidden />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-attach=""
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // Without this the same file could not be chosen a second time.
          target.value = '';
        }}
      />
    </>
  );
}
