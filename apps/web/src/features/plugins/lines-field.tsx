import { useId } from 'react';

import { AREA } from './field-looks.ts';

export interface LinesFieldProps {
  label: string;
  help: string;
  value: string;
  onValue: (value: string) => void;
}

/** A field of several lines, with its label and a line of help. */
export function LinesField({ label, help, value, onValue }: LinesFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      <textarea
        id={id}
        rows={2}
        value={value}
        aria-describedby={`${id}-help`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => onValue(event.target.value)}
        className={AREA}
      />
      <p id={`${id}-help`} className="text-sm text-muted">
        {help}
      </p>
    </div>
  );
}
