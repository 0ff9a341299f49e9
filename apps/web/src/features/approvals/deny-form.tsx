import { useId, useState } from 'react';

import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';

/** Denies a call, with one line about what the agent should do instead. */
export function DenyForm(props: { busy: boolean; onCancel: () => void; onDeny: (message: string) => void }) {
  const [message, setMessage] = useState('');
  const { question } = useUnsaved(message.trim() !== '' && !props.busy);
  const id = useId();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        props.onDeny(message.trim());
      }}
    >
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.approvals.reasonLabel}
      </label>
      <input
        id={id}
        autoFocus
        maxLength={2000}
        value={message}
        placeholder={t.approvals.reasonPlaceholder}
        onChange={(event) => setMessage(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          props.onCancel();
        }}
        className="tap mb-2 h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="danger" busy={props.busy} disabled={message.trim() === ''}>
          {t.approvals.sendDenial}
        </Button>
        <Button look="quiet" onClick={props.onCancel}>
          {t.app.cancel}
        </Button>
      </div>
      {question}
    </form>
  );
}
