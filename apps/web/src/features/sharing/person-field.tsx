import type { Person } from '@claude-sdk-pattern/protocol';
import { useId, useState, type KeyboardEvent } from 'react';

import { t } from '../../messages/index.ts';
import { useAfterPress } from '../../ui/use-after-press.ts';
import { useSuggestions } from './use-suggestions.ts';

export interface PersonFieldProps {
  value: string;
  onValue: (value: string) => void;
  /** Why the last value was refused. */
  refusal: string | null;
}

/** The field for whom to share with: a whole address, or a part of a name to pick a person by. */
export function PersonField({ value, onValue, refusal }: PersonFieldProps) {
  const suggestions = useSuggestions(value);
  const [active, setActive] = useState(-1);
  const [isClosed, setClosed] = useState(false);
  const id = useId();
  const afterPress = useAfterPress();
  const isOpen = suggestions.length > 0 && !isClosed;
  const current = isOpen ? suggestions[active] : undefined;

  const pick = (person: Person) => {
    onValue(person.email);
    setClosed(true);
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((before) => Math.max(-1, Math.min(suggestions.length - 1, before + step)));
    } else if (event.key === 'Enter' && current !== undefined) pick(current);
    else if (event.key === 'Escape') {
      setClosed(true);
      // The dialogue stays open.
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.sharing.email}
      </label>
      <input
        id={id}
        type="text"
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        required
        data-autofocus=""
        autoComplete="off"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={current === undefined ? undefined : `${id}-${current.id}`}
        value={value}
        aria-invalid={refusal !== null}
        aria-describedby={refusal === null ? undefined : `${id}-refusal`}
        onChange={(event) => {
          onValue(event.target.value);
          setClosed(false);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => afterPress(() => setClosed(true))}
        className="tap h-9 w-full rounded-sm border border-control bg-bg px-3"
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t.sharing.suggestions}
        tabIndex={-1}
        hidden={!isOpen}
        className="mt-1 max-h-60 overflow-y-auto rounded-sm border border-control bg-raised"
      >
        {isOpen &&
          suggestions.map((person) => (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys go to the field, which has the focus
            <div
              key={person.id}
              id={`${id}-${person.id}`}
              role="option"
              aria-selected={person === current}
              tabIndex={-1}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(person)}
              className="tap flex min-h-9 cursor-pointer flex-col justify-center px-3 py-1 select-none hover:bg-hover aria-selected:bg-accent-soft"
            >
              <span className="truncate font-semibold">{person.name}</span>
              <span className="truncate text-sm text-muted">{person.email}</span>
            </div>
          ))}
      </div>
      {refusal !== null && (
        <p id={`${id}-refusal`} role="alert" className="mt-1.5 text-sm text-bad">
          {refusal}
        </p>
      )}
    </div>
  );
}
