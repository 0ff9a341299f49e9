import type { PluginResource } from '@claude-sdk-pattern/protocol';

import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DialogEnd } from './dialog-end.tsx';
import { t } from './messages.ts';
import { OtherChanges } from './other-changes.tsx';
import { ReviewStatus } from './review-status.tsx';
import { useReview } from './use-review.ts';

interface RollBackDialogProps {
  plugin: PluginResource;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks once more before a roll back, and shows what it changes. */
export function RollBackDialog({ plugin, onClose, onConfirm }: RollBackDialogProps) {
  const version = plugin.previous?.version ?? null;
  const of = { name: plugin.name, version: 'previous' } as const;
  const review = useReview(of);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.rollBackTitle(plugin.display_name)}
      description={t.rollBackHelp(version)}
      reading
    >
      <div className="flex flex-col gap-4">
        <ReviewStatus review={review} />
        {review.value !== null && <OtherChanges of={of} review={review.value} />}
        <DialogEnd>
          <Button data-autofocus="" onClick={onClose}>
            {app.app.cancel}
          </Button>
          <Button look="primary" onClick={onConfirm}>
            {t.rollBack(version)}
          </Button>
        </DialogEnd>
      </div>
    </Dialog>
  );
}
