import type { AccountConfirmation } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import { addPasskey, isAlreadyThere, isCancelled } from '../../services/passkey-ceremonies.ts';
import { useServices } from '../../services/services.ts';
import { toProblem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { t as account } from './account-messages.ts';
import { describeBrowser } from '../../services/describe-browser.ts';
import { Field } from '../../ui/field.tsx';
import { t } from './passkey-messages.ts';

/** Asks for name and password, then has the browser make a passkey. */
export function AddPasskeyDialog(props: {
  confirmWith: AccountConfirmation;
  onClose: () => void;
  onAdded: () => void;
}) {
  const { api } = useServices();
  const [name, setName] = useState(() => describeBrowser(navigator.userAgent) ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const asksPassword = props.confirmWith === 'password';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await addPasskey(api, { name: name.trim(), currentPassword: asksPassword ? password : null });
      props.onAdded();
    } catch (error) {
      setFailure(isAlreadyThere(error) ? t.already : isCancelled(error) ? t.cancelled : toProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={t.addTitle} description={t.addHelp}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field
          label={t.name}
          help={t.nameHelp}
          value={name}
          onValue={setName}
          maxLength={100}
          autoComplete="off"
          data-autofocus=""
        />
        {asksPassword && (
          <Field
            label={account.currentPassword}
            type="password"
            value={password}
            onValue={setPassword}
            maxLength={512}
            autoComplete="current-password"
          />
        )}
        <FormEnd failure={failure} busy={busy} submit={t.next} onCancel={props.onClose} />
      </form>
    </Dialog>
  );
}
