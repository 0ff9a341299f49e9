import { useLayoutEffect, useRef, useState } from 'react';

import { focusComposer } from '../../services/focus-composer.ts';
import { t } from '../../messages/index.ts';

/** Renames a session in place. `onDone` gets the new title, or null if nothing changes. */
export function RenameForm({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [value, setValue] = useState(title);
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useLayoutEffect(() => {
    // Takes the focus before the menu closes; the menu then leaves the focus here.
    input.current?.focus();
    input.current?.select();
  }, []);

  const finish = (next: string | null) => {
    if (done.current) return;
    done.current = true;
    const trimmed = next?.trim() ?? '';
    onDone(trimmed === '' || trimmed === title ? null : trimmed);
  };
  return (
    <input
      ref={input}
      aria-label={t.sessions.renameLabel}
      maxLength={200}
      value={value}
      onChange={(event) => setValue(event.target.value)}
      onBlur={() => finish(value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        // The focus moves to the message box, which must not receive this key.
        event.preventDefault();
        event.stopPropagation();
        finish(event.key === 'Enter' ? value : null);
        focusComposer();
      }}
      className="tap h-9 w-full rounded-sm border border-control bg-bg px-2"
    />
  );
}
