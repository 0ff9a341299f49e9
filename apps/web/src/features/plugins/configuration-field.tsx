import { useId } from 'react';

import { AREA, FIELD } from './field-looks.ts';
import { t } from './messages.ts';
import type { ConfigurationField } from './read-schema.ts';

export interface ConfigurationInputProps {
  field: ConfigurationField;
  /** What is typed in. */
  text: string;
  /** Why it does not fit; null where it does. */
  problem: string | null;
  onText: (text: string) => void;
}

/** One value of a plugin's configuration, which is no secret. */
export function ConfigurationInput({ field, text, problem, onText }: ConfigurationInputProps) {
  const id = useId();
  const help = toHelp(field);
  const about = {
    id,
    'aria-invalid': problem !== null,
    'aria-describedby': [`${id}-help`, problem !== null && `${id}-problem`].filter(Boolean).join(' '),
  };
  if (field.kind === 'boolean')
    return (
      <div>
        <label className="tap flex items-center gap-2">
          <input
            {...about}
            type="checkbox"
            className="shrink-0"
            checked={text === '' ? field.default === true : text === 'true'}
            onChange={(event) => onText(String(event.target.checked))}
          />
          <span className="text-sm font-semibold wrap-anywhere">{field.title}</span>
        </label>
        <Below {...{ id, help, problem }} />
      </div>
    );
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold wrap-anywhere">
        {field.title}
        {field.required && <span className="font-normal text-muted"> ({t.required})</span>}
      </label>
      <Control {...{ field, text, about, onText }} />
      <Below {...{ id, help, problem }} />
    </div>
  );
}

interface ControlProps extends Pick<ConfigurationInputProps, 'field' | 'text' | 'onText'> {
  about: { id: string; 'aria-invalid': boolean; 'aria-describedby': string };
}

function Control({ field, text, about, onText }: ControlProps) {
  const { kind, required, choices } = field;
  if (kind === 'choice')
    return (
      <select {...about} value={text} onChange={(event) => onText(event.target.value)} className={FIELD}>
        {(!required || text === '') && <option value="">{t.notSet}</option>}
        {choices.map((choice) => (
          <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
            {typeof choice === 'string' ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </select>
    );
  const same = {
    ...{ ...about, value: text, 'aria-required': required },
    ...{ autoComplete: 'off', autoCapitalize: 'off', spellCheck: false },
    onChange: (event: { target: { value: string } }) => onText(event.target.value),
  };
  if (kind === 'json' || kind === 'lines') return <textarea {...same} rows={3} className={AREA} />;
  const isNumber = kind === 'number' || kind === 'integer';
  return <input {...same} inputMode={isNumber ? 'decimal' : undefined} className={FIELD} />;
}

interface BelowProps {
  id: string;
  help: string;
  problem: string | null;
}

function Below({ id, help, problem }: BelowProps) {
  return (
    <>
      <p id={`${id}-help`} className="mt-1 text-sm wrap-anywhere text-muted empty:hidden">
        {help}
      </p>
      {problem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-sm wrap-anywhere text-bad">
          {problem}
        </p>
      )}
    </>
  );
}

function toHelp({ description, kind, default: value }: ConfigurationField): string {
  const isList = kind === 'lines' && Array.isArray(value);
  const shown = typeof value === 'string' ? value : isList ? value.join(', ') : JSON.stringify(value);
  return [
    description,
    kind === 'json' ? t.asJson : kind === 'lines' ? t.asLines : null,
    value === undefined || kind === 'boolean' ? null : t.default(shown),
  ]
    .filter((each) => each !== null)
    .map((each) => (/[.!?…]$/.test(each) ? each : `${each}.`))
    .join(' ');
}
