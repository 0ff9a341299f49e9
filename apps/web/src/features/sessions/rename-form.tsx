import { useLayoutEffect, useRef, useState } from 'react';

import { focusComposer } from '../../services/focus-composer.ts';
import { t } from '../../messages/index.ts';

/** Names a session in place. `onDone` gets the new title, or null when nothing is to change. */
export function RenameForm({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [value, setValue] = useState(title);
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useLayoutEffect(() => {
    // Before the menu closes, which leaves the focus where it is then.
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
        // The message box, which has the focus from here on, must not get the key.
        event.preventDefault();
        event.stopPropagation();
        finish(event.key === 'Enter' ? value : null);
        focusComposer();
      }}
      className="tap h-9 w-full rounded-sm border border-control bg-bg px-2"
    />
  );
}
