import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { findComposer, focusComposer } from '../../services/focus-composer.ts';
import { t } from '../../messages/index.ts';
import { deriveStatus } from '../../session/derive-status.ts';
import { useSession } from '../../session/session-context.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { createOnDemand, useOnDemand } from '../../ui/on-demand.ts';
import { AnsweredNotice } from './answered-notice.tsx';
import { FocusKeeper } from './focus-keeper.tsx';
import { guardStrayPresses } from './use-answer.ts';
import { useGentleFocus } from './use-gentle-focus.ts';
import { usePendingCalls } from './use-pending-calls.ts';

const cardsPart = createOnDemand(() => import('./pending-card.tsx'));

/** The calls that wait for a person, docked above the composer, one at a time ("1 of 3"). */
export function ApprovalDock() {
  const { tool } = usePendingCalls();
  const dock = useRef<HTMLElement>(null);
  /** Keeps the focus in the dock between an answered card and the next one. */
  const between = useRef<HTMLSpanElement>(null);
  const [holdsFocus, setHoldsFocus] = useState(false);
  const works = useSession(({ view }) => deriveStatus(view).kind === 'running');
  const isWorking = useRef(works);
  // They are there before the first call of a turn asks.
  const cards = useOnDemand(cardsPart, works || tool !== undefined);
  useLayoutEffect(() => {
    isWorking.current = works;
  });
  const findNext = () => dock.current ?? (isWorking.current ? between.current : findComposer());
  useGentleFocus(dock, tool?.id);
  useEffect(() => {
    if (between.current === null || document.activeElement !== between.current) return;
    if (tool !== undefined) {
      guardStrayPresses();
      dock.current?.focus({ preventScroll: true });
    } else if (!works) focusComposer();
  }, [tool, works]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyA') return;
      if (dock.current === null) return;
      event.preventDefault();
      dock.current.focus();
    };
    const place = between.current;
    window.addEventListener('keydown', onKey);
    place?.addEventListener('keydown', typeOn);
    return () => {
      window.removeEventListener('keydown', onKey);
      place?.removeEventListener('keydown', typeOn);
    };
  }, []);

  return (
    <>
      <AnsweredNotice />
      {tool !== undefined && (
        <section
          ref={dock}
          tabIndex={-1}
          data-approval=""
          aria-label={t.approvals.region}
          className="anim-rise peer mb-2 flex max-h-[72dvh] min-h-0 flex-col overflow-y-auto overscroll-contain rounded-lg border border-warn bg-raised shadow-up focus-visible:-outline-offset-2 max-md:-mx-4 max-md:rounded-b-none max-md:border-x-0 short:max-h-none"
        >
          <ErrorBoundary compact resetKey={tool.id}>
            <FocusKeeper key={`focus:${tool.id}`} last={findNext} />
            {cards === null ? (
              <p className="px-4 py-3 text-sm text-muted">{t.app.loading}</p>
            ) : (
              <cards.PendingCard key={tool.id} tool={tool} />
            )}
          </ErrorBoundary>
        </section>
      )}
      <span
        ref={between}
        tabIndex={-1}
        className="sr-only"
        onFocus={() => setHoldsFocus(true)}
        onBlur={() => setHoldsFocus(false)}
      >
        {holdsFocus && tool === undefined && works ? t.approvals.between : ''}
      </span>
    </>
  );
}

/** Moves typing from the card into the message box, except for the letter that has just answered the previous card. */
function typeOn(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (/^[ad]$/i.test(event.key)) return;
  document.getElementById('composer')?.focus();
}
