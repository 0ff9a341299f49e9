import type { PasskeyResource } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { Field } from '../../ui/field.tsx';
import { t } from './passkey-messages.ts';

export function RenamePasskeyDialog(props: { passkey: PasskeyResource; onClose: () => void; onRenamed: () => void }) {
  const { api } = useServices();
  const [name, setName] = useState(props.passkey.name);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await api.renamePasskey(props.passkey.id, name.trim());
      props.onRenamed();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={t.renameOf(props.passkey.name)}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label={t.name} value={name} onValue={setName} maxLength={100} autoComplete="off" data-autofocus="" />
        <FormEnd failure={problem?.message ?? null} busy={busy} submit={t.save} onCancel={props.onClose} />
      </form>
    </Dialog>
  );
}
