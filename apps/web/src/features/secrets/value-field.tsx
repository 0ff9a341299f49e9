import { clsx } from 'clsx';
import { useId, useState, type Ref } from 'react';

import { t } from './messages.ts';

interface ValueFieldProps {
  ref: Ref<HTMLTextAreaElement>;
  describedBy: string | undefined;
  autoFocus: boolean;
  /** Told whether there is something in it. */
  onFilled: (isFilled: boolean) => void;
}

/**
 * The field of a secret's value. The page keeps no copy of what is in it. It has several lines, which keys have, and is
 * no password field: browsers would offer to keep it.
 */
export function ValueField({ ref, describedBy, autoFocus, onFilled }: ValueFieldProps) {
  const [isShown, setShown] = useState(false);
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.value}
      </label>
      <textarea
        ref={ref}
        id={id}
        rows={3}
        required
        onChange={(event) => onFilled(event.target.value !== '')}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        data-autofocus={autoFocus ? '' : undefined}
        aria-describedby={clsx(`${id}-help`, describedBy)}
        className={clsx(
          'tap w-full min-w-0 rounded-sm border border-control bg-bg px-3 py-2 font-mono text-lg md:text-sm',
          !isShown && '[-webkit-text-security:disc]',
        )}
      />
      <p id={`${id}-help`} className="text-sm text-muted">
        {t.valueHelp}
      </p>
      <label className="tap mt-1 flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="shrink-0"
          checked={isShown}
          onChange={(event) => setShown(event.target.checked)}
        />
        {t.show}
      </label>
    </div>
  );
}
