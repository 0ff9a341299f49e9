import { OctagonPause } from 'lucide-react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';
import { formatClock } from '../ui/format.ts';

/** Above every page, while an operator has stopped the work of this person: why, and what becomes of messages. */
export function StopBanner() {
  const { sessions, bootstrap } = useServices();
  const stop = useStore(sessions.store, (state) => state.stop);
  return (
    <div role="status">
      {stop !== null && (
        <p className="flex items-start justify-center gap-2 border-b border-line bg-bad-soft px-4 py-2 text-sm">
          <OctagonPause size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
          <span className="min-w-0 wrap-anywhere">
            {t.stopped[stop.scope](formatClock(Date.parse(stop.since)), stop.reason.replace(/[.\s]+$/u, ''))}
            {bootstrap.may.includes('overview.read') && (
              <>
                {' '}
                <Link href="/operate/overview" className="tap-inline font-semibold underline">
                  {t.operate.overview}
                </Link>
              </>
            )}
          </span>
        </p>
      )}
    </div>
  );
}
