import { clsx } from 'clsx';
import { Clock } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { formatDuration, formatMoment } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { describeTimeLeft } from './describe-time-left.ts';

const TICK_MS = 1000;

/** How long a call still waits, from its last hour on; it stands out in the last minute. `at` is in milliseconds since the epoch. */
export function Expiry({ at }: { at: number | null }) {
  const now = useNow(TICK_MS, at !== null);
  const left = at === null ? null : describeTimeLeft(at - now);
  if (at === null || left === null || left.isLong) return null;
  return (
    <p
      data-expiry=""
      title={t.approvals.expiresAt(formatMoment(at))}
      className={clsx(
        'nums mt-0.5 flex items-center gap-1.5 text-sm',
        left.isLast ? 'font-semibold text-bad' : 'text-muted',
      )}
    >
      <Clock size={13} aria-hidden className="shrink-0" />
      {t.approvals.expiresIn(formatDuration(left.shownMs))}
    </p>
  );
}

/** The time that a call still waits, beside its heading, while it hurries nobody. */
export function FarExpiry({ at }: { at: number | null }) {
  const now = useNow(60 * TICK_MS, at !== null);
  const left = at === null ? null : describeTimeLeft(at - now);
  if (at === null || left === null || !left.isLong) return null;
  return (
    <span
      title={t.approvals.expiresAt(formatMoment(at))}
      className="nums flex h-6 shrink-0 items-center gap-1 text-sm text-muted"
    >
      <Clock size={13} aria-hidden />
      <span className="sr-only">{t.approvals.expiresIn('')}</span>
      {formatDuration(left.shownMs)}
    </span>
  );
}
