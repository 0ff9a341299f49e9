import { useId, type ComponentProps } from 'react';

import { FieldProblem, type Suggestion } from './field-problem.tsx';

export interface FieldProps extends Omit<ComponentProps<'input'>, 'id' | 'onChange' | 'value' | 'className'> {
  label: string;
  help?: string;
  value: string;
  onValue: (value: string) => void;
  /** What is wrong with it; null or absent for nothing. */
  problem?: string | null;
  suggestion?: Suggestion | null;
}

/** A text field of a dialogue, with its label and a line of help. */
export function Field({ label, help, value, onValue, problem = null, suggestion, ...input }: FieldProps) {
  const id = useId();
  const about = [help !== undefined && `${id}-help`, problem !== null && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      <input
        required
        {...input}
        id={id}
        value={value}
        aria-invalid={problem !== null || undefined}
        aria-describedby={about === '' ? undefined : about}
        onChange={(event) => onValue(event.target.value)}
        className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg aria-invalid:border-bad md:text-base"
      />
      {help !== undefined && (
        <p id={`${id}-help`} className="mt-1 text-sm text-muted">
          {help}
        </p>
      )}
      <FieldProblem id={`${id}-problem`} {...{ problem, suggestion }} />
    </div>
  );
}
