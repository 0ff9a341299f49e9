import type { InvitationResource, UserResource } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t as app } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { t } from './people-messages.ts';

const ROLES = ['user', 'operator', 'admin'] as const;
const FIELD = 'tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base';

/** Makes an account, for which the person gets an invitation link. */
export function NewPersonDialog(props: {
  onClose: () => void;
  onMade: (user: UserResource, invitation: InvitationResource) => void;
}) {
  const { api } = useServices();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<UserResource['role']>('user');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const { invitation, ...user } = await api.createUser({ name: name.trim(), email: email.trim(), role });
      props.onMade(user, invitation);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={t.addTitle} description={t.addHelp}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <div>
          <label htmlFor={`${id}-name`} className="mb-1 block text-sm font-semibold">
            {t.name}
          </label>
          <input
            id={`${id}-name`}
            required
            maxLength={200}
            autoComplete="off"
            data-autofocus=""
            value={name}
            onChange={(event) => setName(event.target.value)}
            className={FIELD}
          />
        </div>
        <div>
          <label htmlFor={`${id}-email`} className="mb-1 block text-sm font-semibold">
            {t.email}
          </label>
          <input
            id={`${id}-email`}
            type="email"
            required
            maxLength={320}
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            className={FIELD}
          />
        </div>
        <div>
          <label htmlFor={`${id}-role`} className="mb-1 block text-sm font-semibold">
            {t.role}
          </label>
          <select
            id={`${id}-role`}
            value={role}
            aria-describedby={`${id}-help`}
            onChange={(event) => setRole(event.target.value as UserResource['role'])}
            className={FIELD}
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {t.roles[each]}
              </option>
            ))}
          </select>
          <p id={`${id}-help`} className="mt-1 text-sm text-muted">
            {t.roleHelp[role]}
          </p>
        </div>
        {problem !== null && (
          <p role="alert" className="text-sm text-bad">
            {problem.message}
          </p>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={props.onClose}>{app.app.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {t.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
