import { useId, type ComponentProps } from 'react';

export interface FieldProps extends Omit<ComponentProps<'input'>, 'id' | 'onChange' | 'value' | 'className'> {
  label: string;
  help?: string;
  value: string;
  onValue: (value: string) => void;
}

/** A text field of a dialogue, with its label and a line of help. */
export function Field({ label, help, value, onValue, ...input }: FieldProps) {
  const id = useId();
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
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onChange={(event) => onValue(event.target.value)}
        className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      />
      {help !== undefined && (
        <p id={`${id}-help`} className="mt-1 text-sm text-muted">
          {help}
        </p>
      )}
    </div>
  );
}
