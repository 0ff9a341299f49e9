import { clsx } from 'clsx';

import { r } from './review-messages.ts';

export type Change = keyof typeof r.changes;

const SIGNS: Record<Change, string> = { added: '+', removed: '−', changed: '~', unchanged: '' };
const TONES: Record<Change, string> = {
  added: 'bg-ok-soft text-ok',
  removed: 'bg-bad-soft text-bad',
  changed: 'bg-warn-soft text-warn',
  unchanged: 'bg-surface text-muted',
};

/** A word, a sign and a colour for what became of something. */
export function ChangeMark({ change }: { change: Change }) {
  return (
    <span
      className={clsx('shrink-0 rounded-sm px-1.5 text-xs leading-5 font-semibold whitespace-nowrap', TONES[change])}
    >
      {SIGNS[change] !== '' && <span aria-hidden>{SIGNS[change]} </span>}
      {r.changes[change]}
    </span>
  );
}
