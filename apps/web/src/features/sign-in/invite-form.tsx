import { useId, useState, type FormEvent } from 'react';

import { entrance } from '../../messages/entrance.ts';
import { Button } from '../../ui/button.tsx';
import { describeRefusal } from './describe-refusal.ts';

const FIELD = 'tap h-10 rounded-sm border border-control bg-bg px-3 text-lg';
const MIN_PASSWORD_LENGTH = 12;

export interface InviteFormProps {
  email: string;
  name: string;
  onName: (name: string) => void;
  takesPasswords: boolean;
  /** @param password null where the server takes none */
  accept: (password: string | null) => Promise<void>;
  onAccepted: () => void;
}

/** The form of an invitation: the person's name, and a password where the server takes any. */
export function InviteForm(props: InviteFormProps) {
  const { email, name, onName, takesPasswords, accept, onAccepted } = props;
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await accept(takesPasswords ? password : null);
      onAccepted();
    } catch (error) {
      setFailure(describeRefusal(error, entrance.invite.over));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-email`} className="text-sm font-semibold">
          {entrance.signIn.email}
        </label>
        <input
          id={`${id}-email`}
          type="email"
          autoComplete="username"
          readOnly
          value={email}
          className={`${FIELD} text-muted`}
        />
      </div>
      <div className="flex flex-col gap-1">
        <label htmlFor={`${id}-name`} className="text-sm font-semibold">
          {entrance.invite.name}
        </label>
        <input
          id={`${id}-name`}
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => onName(event.target.value)}
          className={FIELD}
        />
      </div>
      {takesPasswords ? (
        <div className="flex flex-col gap-1">
          <label htmlFor={`${id}-password`} className="text-sm font-semibold">
            {entrance.invite.password}
          </label>
          <input
            id={`${id}-password`}
            type="password"
            autoComplete="new-password"
            required
            minLength={MIN_PASSWORD_LENGTH}
            maxLength={128}
            aria-describedby={`${id}-help`}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            className={FIELD}
          />
          <p id={`${id}-help`} className="text-sm text-muted">
            {entrance.invite.passwordHelp(MIN_PASSWORD_LENGTH)}
          </p>
        </div>
      ) : (
        <p className="text-sm text-muted">{entrance.invite.passkeyNext}</p>
      )}
      {failure !== null && (
        <p role="alert" className="rounded-sm bg-bad-soft px-3 py-2 text-sm text-bad">
          {failure}
        </p>
      )}
      <Button type="submit" look="primary" busy={busy}>
        {takesPasswords ? entrance.invite.accept : entrance.invite.acceptWithPasskey}
      </Button>
    </form>
  );
}
