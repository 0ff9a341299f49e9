import { useId } from 'react';

import { FieldProblem } from '../../ui/field-problem.tsx';
import { AREA } from './field-looks.ts';

const MIN_ROWS = 2;
const MAX_ROWS = 8;

export interface LinesFieldProps {
  label: string;
  help: string;
  value: string;
  onValue: (value: string) => void;
  /** What is wrong with it; null for nothing. */
  problem?: string | null;
  onBlur?: () => void;
}

/** A field of several lines, with its label and a line of help. */
export function LinesField({ label, help, value, onValue, problem = null, onBlur }: LinesFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      <textarea
        id={id}
        rows={Math.min(MAX_ROWS, Math.max(MIN_ROWS, value.split('\n').length))}
        onBlur={onBlur}
        aria-invalid={problem !== null || undefined}
        value={value}
        aria-describedby={problem === null ? `${id}-help` : `${id}-help ${id}-problem`}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={(event) => onValue(event.target.value)}
        className={AREA}
      />
      <p id={`${id}-help`} className="text-sm text-muted">
        {help}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  );
}
