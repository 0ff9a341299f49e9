import { DatabaseZap } from 'lucide-react';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';
import { formatClock } from '../ui/format.ts';
import { WorkBanner } from './work-banner.tsx';

/** While the server can store nothing: why messages are refused, and since when. */
export function StorageBanner() {
  const { sessions } = useServices();
  const storage = useStore(sessions.store, (state) => state.storage);
  return (
    <WorkBanner
      icon={DatabaseZap}
      text={storage === null ? undefined : t.storage[storage.problem](formatClock(Date.parse(storage.since)))}
    />
  );
}
