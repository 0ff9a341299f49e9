import { useState } from 'react';

import { useMayBranch } from '../../services/use-may-branch.ts';
import { useSession } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { c } from './change-messages.ts';
import { LazyRewindDialog } from './lazy-rewind-dialog.tsx';

/** At the remark of a rewind: takes it back, after a look at what that changes. */
export function TakeBackButton({ eventId, part }: { eventId: string; part: 'both' | 'files' }) {
  const [open, setOpen] = useState(false);
  const mayBranch = useMayBranch();
  const isIdle = useSession(({ view }) => view.activity === 'idle');
  if (!mayBranch) return null;
  return (
    <>
      <Button size="small" disabled={!isIdle} onClick={() => setOpen(true)}>
        {c.rewind.takeBack}
      </Button>
      {open && <LazyRewindDialog eventId={eventId} takesBack={part} onClose={() => setOpen(false)} />}
    </>
  );
}
