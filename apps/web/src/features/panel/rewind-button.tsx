import { History } from 'lucide-react';
import { useState } from 'react';

import { useMayDrive } from '../../services/session-level.ts';
import { useArchived } from '../../services/use-archived.ts';
import { useSession } from '../../session/session-context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { c } from './change-messages.ts';
import { RewindDialog } from './rewind-dialog.tsx';

/** At a message: takes the files back to before it, after a look at what that changes. */
export function RewindButton({ messageId, className }: { messageId: string; className?: string }) {
  const [open, setOpen] = useState(false);
  const mayDrive = useMayDrive();
  const archived = useArchived();
  const isIdle = useSession(({ view }) => view.activity === 'idle');
  if (!mayDrive || archived) return null;
  return (
    <>
      <IconButton
        size="small"
        label={c.rewind.open}
        disabled={!isIdle}
        onClick={() => setOpen(true)}
        {...(className !== undefined && { className })}
      >
        <History size={14} aria-hidden />
      </IconButton>
      {open && <RewindDialog eventId={messageId} onClose={() => setOpen(false)} />}
    </>
  );
}

/** At the remark of a rewind: takes it back. */
export function TakeBackButton({ eventId }: { eventId: string }) {
  const [open, setOpen] = useState(false);
  const mayDrive = useMayDrive();
  const isIdle = useSession(({ view }) => view.activity === 'idle');
  if (!mayDrive) return null;
  return (
    <>
      <Button size="small" disabled={!isIdle} onClick={() => setOpen(true)}>
        {c.rewind.takeBack}
      </Button>
      {open && <RewindDialog eventId={eventId} takesBack onClose={() => setOpen(false)} />}
    </>
  );
}
