import type { ReactNode } from 'react';

import { useSession } from '../session/session-context.ts';
import { openPanel, toPanelHref, type PanelView } from './panel-route.ts';

export interface PanelLinkProps {
  view: PanelView;
  children: ReactNode;
  className?: string;
  label?: string;
  /** Called when a plain click has opened it. */
  onOpened?: () => void;
}

/** A link to a file, command or change of this session. A plain click opens it in the panel. */
export function PanelLink({ view, children, className, label, onOpened }: PanelLinkProps) {
  const sessionId = useSession((state) => state.sessionId);
  return (
    <a
      href={toPanelHref(sessionId, view)}
      aria-label={label}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        openPanel(sessionId, view);
        onOpened?.();
      }}
      className={className ?? 'tap inline-flex items-center text-accent underline underline-offset-3'}
    >
      {children}
    </a>
  );
}
