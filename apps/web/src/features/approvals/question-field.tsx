import { useId } from 'react';

import { t } from '../../messages/index.ts';
import type { Question } from '../tools/read-questions.ts';
import { toggleLabel, toggleOther, type Choice } from './question-answers.ts';

export interface QuestionFieldProps {
  question: Question;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** One question: its options, and a text field for any other answer. */
export function QuestionField({ question, choice, onChange }: QuestionFieldProps) {
  const name = useId();
  const type = question.multiSelect ? 'checkbox' : 'radio';
  const row =
    'tap flex items-start gap-3 rounded-sm border border-line px-3 py-2 transition-colors duration-120 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent';
  return (
    <fieldset>
      <legend className="mb-1.5">
        {question.header !== '' && (
          <span className="mr-2 rounded-full bg-surface px-2 text-xs leading-5 text-muted">{question.header}</span>
        )}
        {question.question}
        {question.multiSelect && <span className="text-sm text-muted"> · {t.approvals.question.several}</span>}
      </legend>
      <div className="flex flex-col gap-1.5">
        {question.options.map((option) => (
          <label key={option.label} className={row}>
            <input
              type={type}
              name={name}
              checked={choice.labels.includes(option.label)}
              onChange={() => onChange(toggleLabel(question, choice, option.label))}
              className="mt-[3px] size-3.5 shrink-0 accent-accent outline-none"
            />
            <span className="min-w-0">
              <span className="block font-semibold">{option.label}</span>
              {option.description !== '' && <span className="block text-sm text-muted">{option.description}</span>}
            </span>
          </label>
        ))}
        <label className={row}>
          <input
            type={type}
            name={name}
            checked={choice.otherChosen}
            onChange={() => onChange(toggleOther(question, choice))}
            className="mt-[3px] size-3.5 shrink-0 accent-accent outline-none"
          />
          <span className="min-w-0 flex-1">{t.approvals.question.other}</span>
        </label>
        {choice.otherChosen && (
          <input
            aria-label={t.approvals.question.otherLabel}
            placeholder={t.approvals.question.otherLabel}
            autoFocus
            maxLength={2000}
            value={choice.other}
            onChange={(event) => onChange({ ...choice, other: event.target.value })}
            className="tap h-9 rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
          />
        )}
      </div>
    </fieldset>
  );
}
