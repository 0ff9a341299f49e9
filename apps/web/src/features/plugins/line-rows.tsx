import { clsx } from 'clsx';
import { useState } from 'react';

import { VisibleText } from '../../ui/visible-text.tsx';
import { r } from './review-messages.ts';

/** A line that is shown with its sign. */
export interface LineRow {
  sign: '+' | '-' | ' ';
  /** What stands before the text, such as a line number or a field; null for nothing. */
  label: string | null;
  text: string;
  /** Lines are left out before this one. */
  gap?: boolean;
}

const SHOWN = 12;
const TONES = { '+': 'bg-ok-soft', '-': 'bg-bad-soft', ' ': '' };
const SIGN_TONES = { '+': 'text-ok', '-': 'text-bad', ' ': 'text-muted' };
const SPOKEN = { '+': r.after, '-': r.before, ' ': null };

export interface LineRowsProps {
  rows: readonly LineRow[];
  label: string;
  /** `number` is narrow and stays beside the text, `field` stands before it in its line. */
  labels: 'number' | 'field';
}

/** Lines with their signs; only the first of many until a person asks for all. What nobody would see in them is marked. */
export function LineRows({ rows, label, labels }: LineRowsProps) {
  const [open, setOpen] = useState(false);
  const folds = rows.length > SHOWN + 2;
  const shown = folds && !open ? rows.slice(0, SHOWN) : rows;
  const width = Math.max(...shown.map((row) => row.label?.length ?? 0));
  return (
    <div className="overflow-hidden rounded-sm border border-line bg-surface">
      <div role="group" aria-label={label} dir="ltr" className="code-text py-1">
        {shown.map((row, index) => (
          <div
            key={index}
            className={clsx('flex pr-2', TONES[row.sign], row.gap === true && 'mt-1 border-t border-line pt-1')}
          >
            {labels === 'number' && (
              <span
                aria-hidden
                className="nums shrink-0 pl-2 text-right text-muted select-none max-md:hidden"
                style={{ width: `calc(${width}ch + 8px)` }}
              >
                {row.label}
              </span>
            )}
            <span aria-hidden className={clsx('w-6 shrink-0 pl-2 select-none', SIGN_TONES[row.sign])}>
              {row.sign === '-' ? '−' : row.sign}
            </span>
            {SPOKEN[row.sign] !== null && <span className="sr-only">{SPOKEN[row.sign]}: </span>}
            <span className="min-h-5 min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">
              {labels === 'field' && row.label !== null && (
                <span className="text-muted">
                  <VisibleText text={row.label} />
                  {': '}
                </span>
              )}
              <VisibleText text={row.text} />
            </span>
          </div>
        ))}
      </div>
      {folds && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap w-full border-t border-line py-1 text-sm font-semibold text-accent hover:bg-hover"
        >
          {open ? r.less : r.more(rows.length - SHOWN)}
        </button>
      )}
    </div>
  );
}
