import type { ElicitationField } from '@claude-sdk-pattern/protocol';
import { useId } from 'react';

import { t } from '../../messages/index.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import type { FieldValue } from './elicitation-values.ts';

export interface FormFieldProps {
  field: ElicitationField;
  value: FieldValue;
  /** A sentence; null where the value fits. */
  problem: string | null;
  onChange: (value: FieldValue) => void;
}

const INPUT = 'tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base';
const ROW =
  'tap flex items-center gap-3 rounded-sm border border-line px-3 py-1.5 transition-colors duration-120 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent';
/** More are a list to choose from. */
const MAX_ROWS = 5;
const TYPES = { email: 'email', uri: 'url', date: 'date', 'date-time': 'text' } as const;

/** One field of the form of an MCP server. */
export function FormField({ field, value, problem, onChange }: FormFieldProps) {
  const id = useId();
  const isGroup = field.kind === 'choices' || (field.kind === 'choice' && field.options.length <= MAX_ROWS);
  const told = {
    'aria-describedby': `${id}-about ${id}-problem`,
    'aria-invalid': problem !== null,
    'aria-required': field.required,
  };
  const label = (
    <>
      <VisibleText text={field.title} />
      {!field.required && <span className="text-sm font-normal text-muted"> · {t.approvals.elicitation.optional}</span>}
    </>
  );
  return (
    <div data-field={field.name}>
      {isGroup ? (
        <fieldset aria-describedby={told['aria-describedby']}>
          <legend className="mb-1 font-semibold">{label}</legend>
          <Options field={field} value={value} onChange={onChange} />
        </fieldset>
      ) : field.kind === 'boolean' ? (
        <label className={ROW}>
          <input
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.target.checked)}
            className="size-3.5 shrink-0 accent-accent outline-none"
            {...told}
          />
          <span className="font-semibold">{label}</span>
        </label>
      ) : (
        <>
          <label htmlFor={id} className="mb-1 block font-semibold">
            {label}
          </label>
          {field.kind === 'choice' ? (
            <select
              id={id}
              value={String(value)}
              onChange={(event) => onChange(event.target.value)}
              className={INPUT}
              {...told}
            >
              <option value="">{t.approvals.elicitation.choose}</option>
              {field.options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.title}
                </option>
              ))}
            </select>
          ) : (
            <input
              id={id}
              type={field.format === null ? 'text' : TYPES[field.format]}
              inputMode={field.kind === 'text' ? undefined : 'decimal'}
              autoComplete="off"
              value={String(value)}
              onChange={(event) => onChange(event.target.value)}
              className={INPUT}
              {...told}
            />
          )}
        </>
      )}
      {field.description !== null && (
        <p id={`${id}-about`} className="mt-1 text-sm wrap-anywhere text-muted">
          <VisibleText text={field.description} />
        </p>
      )}
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-sm text-bad">
          {problem}
        </p>
      )}
    </div>
  );
}

/** All that can be chosen; an optional choice can also be taken back. */
function Options({ field, value, onChange }: Pick<FormFieldProps, 'field' | 'value' | 'onChange'>) {
  const name = useId();
  const chosen = typeof value === 'object' ? value : [String(value)];
  const isMany = field.kind === 'choices';
  const none = isMany || field.required ? [] : [{ value: '', title: t.approvals.elicitation.none }];
  const toggle = (option: string, checked: boolean) => {
    if (!isMany) return onChange(option);
    return onChange(checked ? [...chosen, option] : chosen.filter((each) => each !== option));
  };
  return (
    <div className="flex flex-col gap-1.5">
      {[...field.options, ...none].map((option) => (
        <label key={option.value} className={ROW}>
          <input
            type={isMany ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.includes(option.value)}
            onChange={(event) => toggle(option.value, event.target.checked)}
            className="size-3.5 shrink-0 accent-accent outline-none"
          />
          <span className="min-w-0 wrap-anywhere">
            <VisibleText text={option.title} />
          </span>
        </label>
      ))}
    </div>
  );
}
