import { PanelRight } from 'lucide-react';

import { useSession } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { p } from './messages.ts';
import { usePanelRoute } from '../../services/panel-route.ts';

/** Opens the panel, and closes it again. */
export function PanelToggle() {
  const sessionId = useSession((state) => state.sessionId);
  const { view, open, close } = usePanelRoute(sessionId);
  return (
    <IconButton
      label={p.open}
      aria-expanded={view !== null}
      onClick={() => (view === null ? open({ tab: 'changes' }) : close())}
      className={view === null ? '' : 'bg-hover text-text'}
    >
      <PanelRight size={16} aria-hidden />
    </IconButton>
  );
}
