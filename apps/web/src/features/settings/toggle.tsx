import { useId } from 'react';

export interface ToggleProps {
  label: string;
  help?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** A switch with its label and a line of help. */
export function Toggle({ label, help, checked, disabled = false, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-4 px-4 py-3">
      <div className="min-w-0">
        <p id={`${id}-label`}>{label}</p>
        {help !== undefined && (
          <p id={`${id}-help`} className="text-sm text-muted">
            {help}
          </p>
        )}
      </div>
      <button
        type="button"
        role="switch"
        aria-checked={checked}
        aria-labelledby={`${id}-label`}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        disabled={disabled}
        onClick={() => onChange(!checked)}
        className="tap flex shrink-0 items-center justify-center rounded-full disabled:cursor-not-allowed disabled:opacity-55"
      >
        <span
          className={`flex h-6 w-10 items-center rounded-full border p-0.5 transition-colors duration-120 ${checked ? 'border-accent bg-accent' : 'border-control bg-surface'}`}
        >
          <span
            className={`size-4.5 rounded-full transition-transform duration-120 ${checked ? 'translate-x-4 bg-on-accent' : 'bg-control'}`}
          />
        </span>
      </button>
    </div>
  );
}
