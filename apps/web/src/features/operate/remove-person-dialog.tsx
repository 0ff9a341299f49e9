import type { UserResource } from '@claude-sdk-pattern/protocol';
import { useId, useState } from 'react';

import { t as app } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { t } from './people-messages.ts';

export interface RemovePersonDialogProps {
  user: UserResource;
  /** Who could take over what the account owns. */
  others: readonly UserResource[];
  onClose: () => void;
  /** @param transferTo id of who takes over; null deletes what the account owns */
  onConfirm: (transferTo: string | null) => void;
}

/** Asks what becomes of what an account owns before it is deleted. Nothing is chosen for the administrator. */
export function RemovePersonDialog({ user, others, onClose, onConfirm }: RemovePersonDialogProps) {
  const [choice, setChoice] = useState<'keep' | 'drop' | null>(null);
  const [taker, setTaker] = useState('');
  const isChosen = choice === 'drop' || (choice === 'keep' && taker !== '');
  const name = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.removeTitle(user.name)}
      description={t.removeHelp}
    >
      <fieldset className="mb-4 flex min-w-0 flex-col gap-2">
        <legend className="mb-1 text-sm font-semibold">{t.contents}</legend>
        {others.length > 0 && (
          <div className="flex flex-wrap items-center gap-2">
            <label className="tap flex items-center gap-2">
              <input type="radio" name={name} checked={choice === 'keep'} onChange={() => setChoice('keep')} />
              {t.keep}
            </label>
            <select
              aria-label={t.taker}
              value={taker}
              onChange={(event) => {
                setTaker(event.target.value);
                setChoice('keep');
              }}
              className="tap h-9 min-w-0 flex-1 basis-56 rounded-sm border border-control bg-bg px-2 text-lg md:text-base"
            >
              <option value="" disabled>
                {t.chooseTaker}
              </option>
              {others.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name} ({each.email})
                </option>
              ))}
            </select>
          </div>
        )}
        <label className="tap flex items-center gap-2">
          <input type="radio" name={name} checked={choice === 'drop'} onChange={() => setChoice('drop')} />
          {t.drop}
        </label>
      </fieldset>
      <div className="flex justify-end gap-2">
        <Button data-autofocus="" onClick={onClose}>
          {app.app.cancel}
        </Button>
        <Button look="danger" disabled={!isChosen} onClick={() => onConfirm(choice === 'keep' ? taker : null)}>
          {t.remove}
        </Button>
      </div>
    </Dialog>
  );
}
