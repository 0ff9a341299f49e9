import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

export interface LeaveDialogProps {
  session: SessionResource | null;
  onClose: () => void;
  /** Called before the share ends, so that no page of the session is open any more. */
  onLeaving: (id: string) => void;
}

/** Asks before a person leaves a session that somebody else shares with them. */
export function LeaveDialog({ session, onClose, onLeaving }: LeaveDialogProps) {
  const { bootstrap, sessions } = useServices();
  if (session?.shared === undefined) return null;
  const leave = () => {
    onClose();
    onLeaving(session.id);
    void sessions.leave(session.id, bootstrap.user.id, t.sharing.leaveConfirm);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.sharing.leaveTitle}
      description={t.sharing.leaveHelp(session.title ?? t.sessions.untitled, session.shared.owner.name)}
    >
      <div className="flex justify-end gap-2">
        <Button data-autofocus="" onClick={onClose}>
          {t.app.cancel}
        </Button>
        <Button look="danger" onClick={leave}>
          {t.sharing.leaveConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
