import { CloudOff } from 'lucide-react';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';
import { formatClock } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';

/** Above every page, while the model API takes no calls: why new messages are refused, and until when. */
export function OutageBanner() {
  const { sessions } = useServices();
  const outage = useStore(sessions.store, (state) => state.outage);
  const now = useNow(1000, outage !== null);
  return (
    <div role="status">
      {outage !== null && (
        <p className="flex items-center justify-center gap-2 border-b border-line bg-surface px-4 py-2 text-sm text-warn">
          <CloudOff size={16} aria-hidden className="shrink-0" />
          <span className="nums min-w-0">
            {outage.retryAt > now ? t.outage.nextTry(formatClock(outage.retryAt)) : t.outage.nextMessage}
          </span>
        </p>
      )}
    </div>
  );
}
