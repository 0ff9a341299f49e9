import { useStore } from 'zustand';

import { useServices } from '../services/services.ts';

/** The polite and the assertive live region for screen readers. The streamed answer itself is never a live region. */
export function LiveRegions() {
  const { announcer } = useServices();
  const { polite, assertive } = useStore(announcer.store);
  return (
    <div className="sr-only">
      <div role="status" aria-live="polite">
        <span key={polite.id}>{polite.text}</span>
      </div>
      <div role="alert" aria-live="assertive">
        <span key={assertive.id}>{assertive.text}</span>
      </div>
    </div>
  );
}
