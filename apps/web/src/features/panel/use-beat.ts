import { useEffect, useRef } from 'react';

import { useSession } from '../../session/session-context.ts';

/** How often is looked while the agent works: a command may write files for minutes without an event. */
const BEAT_MS = 1000;
/** Also without the agent: others change files by hand. */
const IDLE_BEAT_MS = 5000;
/** The calls of one answer come together. */
const SETTLE_MS = 150;

/**
 * Calls `look` while the tab shows what the agent may change: at once, behind each of its calls, every second while it
 * works and every five otherwise, and when the person comes back to the page. One look runs at a time, so that however fast the agent writes, the
 * page asks once a second. `look` stays the same between renders.
 */
export function useBeat(look: () => Promise<void>): void {
  const working = useSession((state) => state.view.activity !== 'idle');
  const calls = useSession((state) => state.view.items.size);
  const beat = useRef<() => void>(() => {});

  useEffect(() => {
    let isLooking = false;
    let isMissed = false;
    let isClosed = false;
    const run = async () => {
      if (isClosed || document.hidden) return;
      if (isLooking) {
        isMissed = true;
        return;
      }
      isLooking = true;
      do {
        isMissed = false;
        // A look that fails is followed by the next one.
        await look().catch(() => {});
      } while (isMissed);
      isLooking = false;
    };
    beat.current = () => void run();
    void run();
    const onVisible = () => void run();
    document.addEventListener('visibilitychange', onVisible);
    window.addEventListener('focus', onVisible);
    return () => {
      isClosed = true;
      isMissed = false;
      document.removeEventListener('visibilitychange', onVisible);
      window.removeEventListener('focus', onVisible);
    };
  }, [look]);

  useEffect(() => {
    if (!working) beat.current();
    const timer = setInterval(() => beat.current(), working ? BEAT_MS : IDLE_BEAT_MS);
    return () => clearInterval(timer);
  }, [working]);

  useEffect(() => {
    const timer = setTimeout(() => beat.current(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [calls]);
}
