import { clsx } from 'clsx';
import { Dialog } from 'radix-ui';
import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

import { usePreferences } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { isTyping } from '../../ui/is-typing.ts';
import { useSession } from '../../session/session-context.ts';
import { isUnshared } from '../../session/session-state.ts';
import { ErrorBoundary } from '../../ui/error-boundary.tsx';
import { useFocusBack } from '../../ui/use-focus-back.ts';
import { PreviewProvider } from '../tools/preview-provider.tsx';
import { keepPlace } from './keep-place.ts';
import { p } from './messages.ts';
import { usePanelRoute } from '../../services/panel-route.ts';

const Panel = lazy(() => import('./panel.tsx').then((module) => ({ default: module.Panel })));

/** A conversation with its panel: beside it on a wide screen, over it on a narrow one, as a bottom sheet on a phone. */
export function SessionLayout({ children }: { children: ReactNode }) {
  const { wide } = useShell();
  const widened = usePreferences((state) => state.panelWidened);
  const sessionId = useSession((state) => state.sessionId);
  const unshared = useSession(isUnshared);
  const { view: asked, open, close } = usePanelRoute(sessionId);
  const view = unshared ? null : asked;
  const beside = useKeptPlace(view !== null && wide, widened);
  const panel = view !== null && (
    <ErrorBoundary resetKey={JSON.stringify(view)}>
      <Suspense fallback={null}>
        <Panel view={view} onView={open} onClose={close} />
      </Suspense>
    </ErrorBoundary>
  );
  return (
    <PreviewProvider>
      <div className="flex h-full">
        <div className="h-full min-w-0 flex-1">{children}</div>
        {wide ? (
          beside && view !== null && <BesidePanel onClose={close}>{panel}</BesidePanel>
        ) : (
          <OverPanel open={view !== null} onClose={close}>
            {panel}
          </OverPanel>
        )}
      </div>
    </PreviewProvider>
  );
}

/**
 * The value of `shown` one render later. This leaves time to note the reader's position before the conversation changes
 * its width.
 */
function useKeptPlace(shown: boolean, widened: boolean): boolean {
  const [laidOut, setLaidOut] = useState({ shown, widened });
  const restore = useRef<(() => void) | null>(null);
  useLayoutEffect(() => {
    restore.current?.();
    restore.current = null;
  }, [laidOut]);
  useLayoutEffect(() => {
    if (laidOut.shown === shown && laidOut.widened === widened) return;
    restore.current = keepPlace();
    setLaidOut({ shown, widened });
  }, [laidOut, shown, widened]);
  return laidOut.shown;
}

function BesidePanel({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const widened = usePreferences((state) => state.panelWidened);
  const box = useRef<HTMLElement>(null);
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  }, [onClose]);
  useEffect(() => {
    const before = document.activeElement;
    // If the page opens with the panel open, the focus stays where it is.
    if (before !== document.body && before?.id !== 'composer') box.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || isElsewhere(event)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKey);
    const element = box.current;
    return () => {
      window.removeEventListener('keydown', onKey);
      const active = document.activeElement;
      const isLost = active === null || active === document.body || element?.contains(active) === true;
      if (!isLost) return;
      const opener = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : null;
      (opener ?? document.getElementById('composer'))?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={p.label}
      className={clsx(
        'anim-fade h-full shrink-0 border-l border-line bg-bg outline-none',
        widened ? 'w-[min(960px,calc(100%-400px))]' : 'w-[420px]',
      )}
    >
      {children}
    </section>
  );
}

/** Whether a text field of its own handles Escape, such as a session's name that is being edited. */
function isElsewhere(event: KeyboardEvent): boolean {
  const target = event.target;
  const inPanel = target instanceof HTMLElement && target.closest(`section[aria-label="${p.label}"]`) !== null;
  return isTyping(event) && !inPanel && !(target instanceof HTMLElement && target.id === 'composer');
}

function OverPanel({ open, onClose, children }: { open: boolean; onClose: () => void; children: ReactNode }) {
  const focusBack = useFocusBack();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="anim-fade fixed inset-0 z-30 bg-scrim" />
        <Dialog.Content
          {...focusBack}
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => {
            // A terminal has keys of its own.
            if (event.target instanceof Element && event.target.closest('.xterm')) event.preventDefault();
          }}
          className="anim-fade fixed inset-y-0 right-0 z-30 w-full border-l border-line bg-bg pb-[env(safe-area-inset-bottom)] shadow-up outline-none md:w-[420px]"
        >
          <Dialog.Title className="sr-only">{p.label}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
