import type { SessionResource } from '@claude-sdk-pattern/protocol';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

export interface RemoveDialogProps {
  session: SessionResource | null;
  onClose: () => void;
  onRemoved: (id: string) => void;
}

/** Asks before a session is deleted. */
export function RemoveDialog({ session, onClose, onRemoved }: RemoveDialogProps) {
  const { sessions } = useServices();
  if (session === null) return null;
  const remove = async () => {
    onClose();
    if (await sessions.remove(session.id, t.sessions.removeConfirm)) onRemoved(session.id);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.sessions.removeTitle}
      description={t.sessions.removeHelp(session.title ?? t.sessions.untitled)}
    >
      <div className="flex justify-end gap-2">
        <Button data-autofocus="" onClick={onClose}>
          {t.app.cancel}
        </Button>
        <Button look="danger" onClick={() => void remove()}>
          {t.sessions.removeConfirm}
        </Button>
      </div>
    </Dialog>
  );
}
