import type { InvitationResource, UserResource } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './people-messages.ts';

const ROLES = ['user', 'operator', 'admin'] as const;

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
  const unsaved = useUnsaved(!busy && (name.trim() !== '' || email.trim() !== ''));
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
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(props.onClose)}
      title={t.addTitle}
      description={t.addHelp}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label={t.name} value={name} onValue={setName} maxLength={200} autoComplete="off" data-autofocus="" />
        <Field label={t.email} type="email" value={email} onValue={setEmail} maxLength={320} autoComplete="off" />
        <div>
          <label htmlFor={`${id}-role`} className="mb-1 block text-sm font-semibold">
            {t.role}
          </label>
          <select
            id={`${id}-role`}
            value={role}
            aria-describedby={`${id}-help`}
            onChange={(event) => setRole(event.target.value as UserResource['role'])}
            className="tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
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
        <FormEnd
          failure={problem?.message ?? null}
          busy={busy}
          submit={t.create}
          onCancel={() => unsaved.guard(props.onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}
