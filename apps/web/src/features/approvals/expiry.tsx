import { Clock } from 'lucide-react';

import { t } from '../../messages/index.ts';
import { formatDuration } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';

const TICK_MS = 1000;
const MINUTE_MS = 60_000;
/** A time further away hurries nobody, and is not shown. */
const SHOWN_MS = 60 * MINUTE_MS;

/** How long a call still waits, in its last hour. `at` is in milliseconds since the epoch. */
export function Expiry({ at }: { at: number | null }) {
  const now = useNow(TICK_MS, at !== null);
  const left = at === null ? 0 : at - now;
  if (left <= 0 || left > SHOWN_MS) return null;
  const shown = left < MINUTE_MS ? left : Math.ceil(left / MINUTE_MS) * MINUTE_MS;
  return (
    <p data-expiry="" className="nums mt-0.5 flex items-center gap-1.5 text-sm text-muted">
      <Clock size={13} aria-hidden className="shrink-0" />
      {t.approvals.expiresIn(formatDuration(shown))}
    </p>
  );
}
