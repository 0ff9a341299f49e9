import { useId, useState, type ClipboardEvent } from 'react';

import { Button } from '../../ui/button.tsx';
import { FIELD } from './field-looks.ts';
import { t } from './messages.ts';
import type { ConfigurationField } from './read-schema.ts';

export interface SecretOptionProps {
  field: ConfigurationField;
  /** The name of the secret that is configured or chosen; empty for none. */
  name: string;
  /** The platform's secret that keeps what is typed. */
  ownName: string;
  /** What is typed, to be kept; empty for nothing. */
  value: string;
  /** Names of secrets that there are. */
  secrets: readonly string[];
  problem: string | null;
  /** Who grants the secret; null where that is done. */
  note: string | null;
  onName: (name: string) => void;
  onValue: (value: string) => void;
}

/** An option that is a secret: its value, which is kept under a name that is shown, or a secret that there is. */
export function SecretOption(props: SecretOptionProps) {
  const { field, name, ownName, value, secrets, problem, note, onName, onValue } = props;
  const [choosing, setChoosing] = useState(name !== '' && name !== ownName);
  const [severalLines, setSeveralLines] = useState(false);
  const id = useId();
  const shownProblem = severalLines ? t.secretLines : problem;
  const about = {
    ...{ id, 'aria-required': field.required, 'aria-invalid': shownProblem !== null },
    'aria-describedby': shownProblem === null ? `${id}-help` : `${id}-help ${id}-problem`,
    ...{ autoCapitalize: 'off', spellCheck: false },
  };
  const noteLines = (event: ClipboardEvent<HTMLInputElement>) => {
    const hasLines = event.clipboardData.getData('text').trim().includes('\n');
    // The field would join the lines, which breaks a key.
    if (hasLines) event.preventDefault();
    setSeveralLines(hasLines);
  };
  const isKept = name === ownName && name !== '';
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold wrap-anywhere">
        {field.title}
        {field.required && <span className="font-normal text-muted"> ({t.required})</span>}
      </label>
      <div className="flex flex-wrap gap-2">
        <div className="min-w-0 flex-1 basis-56">
          {choosing ? (
            <>
              <input
                {...{ ...about, value: name, autoComplete: 'off', list: `${id}-secrets`, placeholder: t.secretName }}
                onChange={(event) => onName(event.target.value)}
                className={`${FIELD} font-mono`}
              />
              <datalist id={`${id}-secrets`}>
                {secrets.map((each) => (
                  <option key={each} value={each}>
                    {each}
                  </option>
                ))}
              </datalist>
            </>
          ) : (
            <input
              {...{ ...about, type: 'password', value, autoComplete: 'new-password', onPaste: noteLines }}
              placeholder={isKept ? t.secretKept : undefined}
              onChange={(event) => {
                setSeveralLines(false);
                onValue(event.target.value);
              }}
              className={FIELD}
            />
          )}
        </div>
        <Button
          aria-label={choosing ? t.secretTypeOf(field.title) : t.secretChooseOf(field.title)}
          onClick={() => {
            setSeveralLines(false);
            onValue('');
            setChoosing(!choosing);
          }}
        >
          {choosing ? t.secretType : t.secretChoose}
        </Button>
      </div>
      <p id={`${id}-help`} className="mt-1 text-sm wrap-anywhere text-muted">
        {field.description !== null && `${field.description.replace(/[.!?…]?$/, (end) => end || '.')} `}
        {choosing ? t.secretHelp : t.secretKeptAs(ownName)}
      </p>
      {!choosing && value !== '' && secrets.includes(ownName) && (
        <p className="mt-1 text-sm wrap-anywhere text-warn">{t.secretReplaces(ownName)}</p>
      )}
      {note !== null && <p className="mt-1 text-sm wrap-anywhere text-warn">{note}</p>}
      {shownProblem !== null && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-sm wrap-anywhere text-bad">
          {shownProblem}
        </p>
      )}
    </div>
  );
}
