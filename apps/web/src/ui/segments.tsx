export interface SegmentsProps<T extends string> {
  /** Says what is chosen. */
  label: string;
  value: T;
  options: readonly (readonly [value: T, name: string])[];
  onChange: (value: T) => void;
}

/** A choice among a few, all of them in sight: radio buttons that look like one control. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <fieldset aria-label={label} className="flex min-w-0 flex-wrap gap-1 rounded-sm bg-surface p-1">
      {options.map(([each, name]) => (
        <label
          key={each}
          className="tap flex h-8 grow items-center justify-center rounded-sm px-3 text-sm font-semibold whitespace-nowrap text-muted has-checked:bg-selected has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={label}
            className="sr-only"
            checked={each === value}
            onChange={() => onChange(each)}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
