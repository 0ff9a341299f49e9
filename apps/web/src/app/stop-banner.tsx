import { OctagonPause } from 'lucide-react';
import { useStore } from 'zustand';

import { t } from '../messages/index.ts';
import { useServices } from '../services/services.ts';
import { formatClock } from '../ui/format.ts';
import { WorkBanner } from './work-banner.tsx';

/** While an operator has stopped the work of this person: why, and what becomes of messages. */
export function StopBanner() {
  const { sessions } = useServices();
  const stop = useStore(sessions.store, (state) => state.stop);
  const text = stop && t.stopped[stop.scope](formatClock(Date.parse(stop.since)), stop.reason.replace(/[.\s]+$/u, ''));
  return <WorkBanner icon={OctagonPause} text={text ?? undefined} />;
}
