import type { AccountResource } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import type { AccountChanges } from '../../api/api.ts';
import { isPlaceholderAddress } from '../../services/placeholder-address.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './account-messages.ts';
import { Field } from '../../ui/field.tsx';

/** What is changed; `first` sets email and password of an account that has no password. */
export type AccountField = 'name' | 'email' | 'password' | 'first';

const MIN_PASSWORD_LENGTH = 12;

export interface AccountDialogProps {
  account: AccountResource;
  field: AccountField;
  onClose: () => void;
  onChanged: (account: AccountResource) => void;
}

/**
 * Changes name, email or password of one's own account.
 *
 * Over 100 lines: the fields of one form share its state.
 */
export function AccountDialog({ account, field, onClose, onChanged }: AccountDialogProps) {
  const { api, announcer } = useServices();
  const [name, setName] = useState(account.name);
  const [email, setEmail] = useState(isPlaceholderAddress(account.email) ? '' : account.email);
  const [password, setPassword] = useState('');
  const [current, setCurrent] = useState('');
  const [endsOthers, setEndsOthers] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const hasEmail = field === 'email' || field === 'first';
  const hasPassword = field === 'password' || field === 'first';
  const isConfirmed = field !== 'name' && account.confirm_with === 'password';

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const changes: AccountChanges = {
      ...(field === 'name' && { name: name.trim() }),
      ...(hasEmail && { email: email.trim() }),
      ...(hasPassword && { password, end_other_sign_ins: endsOthers }),
      ...(isConfirmed && { current_password: current }),
    };
    try {
      onChanged(await api.updateAccount(changes));
      announcer.say(t.done[field]);
      onClose();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  const startEmail = isPlaceholderAddress(account.email) ? '' : account.email;
  const isChanged = name !== account.name || email !== startEmail || password !== '' || current !== '';
  const unsaved = useUnsaved(!busy && isChanged);
  const title = field === 'first' ? t.setTitle : t.changeOf(t[field]);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={title}
      {...(field === 'first' && { description: t.setHelp })}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        {field === 'name' && (
          <Field label={t.name} value={name} onValue={setName} maxLength={200} autoComplete="name" data-autofocus="" />
        )}
        {hasEmail && (
          <Field
            label={t.email}
            help={t.emailHelp}
            type="email"
            value={email}
            onValue={setEmail}
            maxLength={320}
            autoComplete="username"
            data-autofocus=""
          />
        )}
        {field === 'password' && (
          // For password managers: whose password it is.
          <input type="email" autoComplete="username" value={account.email} readOnly hidden />
        )}
        {isConfirmed && (
          <Field
            label={t.currentPassword}
            type="password"
            value={current}
            onValue={setCurrent}
            maxLength={512}
            autoComplete="current-password"
            {...(field === 'password' && { 'data-autofocus': '' })}
          />
        )}
        {hasPassword && (
          <Field
            label={field === 'first' ? t.password : t.newPassword}
            help={t.passwordHelp(MIN_PASSWORD_LENGTH)}
            type="password"
            value={password}
            onValue={setPassword}
            minLength={MIN_PASSWORD_LENGTH}
            maxLength={128}
            autoComplete="new-password"
          />
        )}
        {field === 'password' && (
          <label className="tap flex items-center gap-2">
            <input
              type="checkbox"
              checked={endsOthers}
              onChange={(event) => setEndsOthers(event.target.checked)}
              className="size-4 accent-accent"
            />
            {t.endOthers}
          </label>
        )}
        <FormEnd
          failure={problem?.message ?? null}
          busy={busy}
          submit={t.save}
          onCancel={() => unsaved.guard(onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}
