import type { ProcessResource } from '@claude-sdk-pattern/protocol';

import type { ProcessAction } from '../../api/api.ts';
import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { t } from './messages.ts';
import { toProcessName } from './to-process-name.ts';

export interface ActionDialogProps {
  action: ProcessAction;
  process: ProcessResource;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks for confirmation before an operator acts on another person's process. */
export function ActionDialog({ action, process, onClose, onConfirm }: ActionDialogProps) {
  const { title, help } = t.confirm[action];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={help}>
      <p className="mb-4 truncate font-semibold">{toProcessName(process)}</p>
      <div className="flex justify-end gap-2">
        <Button data-autofocus="" onClick={onClose}>
          {app.app.cancel}
        </Button>
        <Button look={action === 'end' ? 'danger' : 'primary'} onClick={onConfirm}>
          {t.actions[action]}
        </Button>
      </div>
    </Dialog>
  );
}
