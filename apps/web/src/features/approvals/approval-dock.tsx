import { useEffect, useRef } from 'react';

import { t } from '../../messages/index.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { FocusKeeper } from './focus-keeper.tsx';
import { PendingCard } from './pending-card.tsx';
import { useGentleFocus } from './use-gentle-focus.ts';
import { usePendingCalls } from './use-pending-calls.ts';

/** What waits for a person, docked above the composer; one at a time, "1 of 3". */
export function ApprovalDock() {
  const { tool } = usePendingCalls();
  const dock = useRef<HTMLElement>(null);
  useGentleFocus(dock, tool?.id);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA') return;
      if (dock.current === null) return;
      event.preventDefault();
      dock.current.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  if (tool === undefined) return null;
  return (
    <section
      ref={dock}
      tabIndex={-1}
      data-approval=""
      aria-label={t.approvals.region}
      className="anim-rise peer mb-2 flex max-h-[72dvh] min-h-0 flex-col overflow-y-auto overscroll-contain short:max-h-none rounded-lg border border-warn bg-raised shadow-up focus-visible:-outline-offset-2 max-md:-mx-4 max-md:rounded-b-none max-md:border-x-0"
    >
      <ErrorBoundary compact resetKey={tool.id}>
        <FocusKeeper key={`focus:${tool.id}`} last={findComposer} />
        <PendingCard key={tool.id} tool={tool} />
      </ErrorBoundary>
    </section>
  );
}

/** On a touch screen this would open the keyboard. */
function findComposer(): HTMLElement | null {
  return matchMedia('(pointer: coarse)').matches ? null : document.getElementById('composer');
}
