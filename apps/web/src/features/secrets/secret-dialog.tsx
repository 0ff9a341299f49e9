import type { SecretResource } from '@claude-sdk-pattern/protocol';
import { useId, useRef, useState, type FormEvent } from 'react';

import type { SecretTarget } from '../../api/secret-api.ts';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './messages.ts';
import { OwnerSelect, type SecretOwner } from './owner-select.tsx';
import { SECRET_NAME, toTarget, toTargetKey } from './secret-target.ts';
import { ValueField } from './value-field.tsx';

export interface SecretDialogProps {
  title: string;
  /** Null: it is typed in. */
  name: string | null;
  /** Whose it can be, the first one unless chosen otherwise; of a single one nobody is asked. */
  owners: readonly [SecretOwner, ...SecretOwner[]];
  /** The secrets that there are, to say when one is replaced. */
  known: readonly SecretResource[];
  onClose: () => void;
  onSaved: (name: string, target: SecretTarget) => void;
}

/** Sets or replaces a secret. The value stays in its field, is sent from there, and goes with the dialogue. */
export function SecretDialog({ title, name: given, owners, known, onClose, onSaved }: SecretDialogProps) {
  const { api } = useServices();
  const [typed, setTyped] = useState('');
  const [owner, setOwner] = useState(owners[0]);
  const [isFilled, setFilled] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Pick<Problem, 'message'> | null>(null);
  const value = useRef<HTMLTextAreaElement>(null);
  const name = given ?? typed.trim();
  const key = toTargetKey(owner.target);
  const exists = known.some((each) => each.name === name && toTargetKey(toTarget(each)) === key);
  const unsaved = useUnsaved(!busy && (typed.trim() !== '' || isFilled));
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const text = value.current?.value.replace(/\r?\n$/, '') ?? '';
    if (busy) return;
    if (!SECRET_NAME.test(name)) return setProblem({ message: t.badName });
    if (text === '') return setProblem({ message: t.emptyValue });
    setBusy(true);
    setProblem(null);
    try {
      await api.secrets.put(owner.target, name, text);
      onSaved(name, owner.target);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && unsaved.guard(onClose)} title={title}>
      <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        {given === null && (
          <Field
            {...{ label: t.name, help: t.nameHelp, value: typed, onValue: setTyped, maxLength: 64 }}
            {...{ autoComplete: 'off', autoCapitalize: 'off', spellCheck: false, 'data-autofocus': '' }}
          />
        )}
        {owners.length > 1 && <OwnerSelect owners={owners} owner={owner} onOwner={setOwner} />}
        <ValueField ref={value} onFilled={setFilled} describedBy={exists ? id : undefined} autoFocus={given !== null} />
        {exists && (
          <p id={id} className="text-sm text-warn">
            {t.replaces}
          </p>
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
