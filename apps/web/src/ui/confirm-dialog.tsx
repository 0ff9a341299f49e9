import { t } from '../messages/index.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export interface ConfirmDialogProps {
  title: string;
  help: string;
  confirm: string;
  /** What is confirmed cannot be undone. */
  danger?: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks once more before something that ends what another person has open. */
export function ConfirmDialog({ title, help, confirm, danger = false, onClose, onConfirm }: ConfirmDialogProps) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={help}>
      <div className="flex justify-end gap-2">
        <Button data-autofocus="" onClick={onClose}>
          {t.app.cancel}
        </Button>
        <Button look={danger ? 'danger' : 'primary'} onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
