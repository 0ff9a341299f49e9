import { clsx } from 'clsx';
import { Columns2 } from 'lucide-react';

import { usePreferences, useServices } from '../../services/services.ts';
import { chat } from '../../messages/chat.ts';

/** Switches all differences between side by side and unified. */
export function SideBySideButton({ className }: { className?: string }) {
  const { preferences } = useServices();
  const split = usePreferences((state) => state.splitDiffs);
  return (
    <button
      type="button"
      aria-pressed={split}
      onClick={() => preferences.setState({ splitDiffs: !split })}
      className={clsx(
        'flex items-center gap-1.5 rounded-sm px-1.5 py-1 text-muted hover:bg-hover hover:text-text aria-pressed:text-accent',
        className,
      )}
    >
      <Columns2 size={13} aria-hidden />
      {chat.tools.sideBySide}
    </button>
  );
}
