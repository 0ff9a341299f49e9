import type { UserResource } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './people-messages.ts';

/** Changes name and email of somebody's account. */
export function ChangePersonDialog(props: {
  user: UserResource;
  onClose: () => void;
  onChanged: (user: UserResource) => void;
}) {
  const { user } = props;
  const { api } = useServices();
  const [name, setName] = useState(user.name);
  const [email, setEmail] = useState(user.email);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const unsaved = useUnsaved(!busy && (name !== user.name || email !== user.email));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const changes = {
      ...(name.trim() !== user.name && { name: name.trim() }),
      ...(email.trim() !== user.email && { email: email.trim() }),
    };
    if (Object.keys(changes).length === 0) return props.onClose();
    setBusy(true);
    setProblem(null);
    try {
      props.onChanged(await api.updateUser(user.id, changes));
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && unsaved.guard(props.onClose)} title={t.changeTitle(user.name)}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label={t.name} value={name} onValue={setName} maxLength={200} autoComplete="off" data-autofocus="" />
        <Field
          label={t.email}
          help={t.emailHelp}
          type="email"
          value={email}
          onValue={setEmail}
          maxLength={320}
          autoComplete="off"
        />
        <FormEnd
          failure={problem?.message ?? null}
          busy={busy}
          submit={t.save}
          onCancel={() => unsaved.guard(props.onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}
