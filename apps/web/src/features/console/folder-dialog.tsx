import type { FolderRole, FolderRootResource } from '@claude-sdk-pattern/protocol';
import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';
import { useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FieldProblem } from '../../ui/field-problem.tsx';
import { FormEnd } from '../../ui/form-end.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { t } from './folder-messages.ts';

const ROLES = Object.keys(t.roleNames) as FolderRole[];
const MODES = Object.keys(t.modeNames) as FolderMode[];

export interface FolderDialogProps {
  /** The one that is changed; null for a new one. */
  root: FolderRootResource | null;
  onClose: () => void;
  onSaved: () => void;
}

/** Grants a folder of the server, or changes its name, roles and modes. */
export function FolderDialog({ root, onClose, onSaved }: FolderDialogProps) {
  const { api } = useServices();
  const [path, setPath] = useState('');
  const [label, setLabel] = useState(root?.label ?? '');
  const [roles, setRoles] = useState<readonly FolderRole[]>(root?.roles ?? ['admin']);
  const [modes, setModes] = useState<readonly FolderMode[]>(root?.modes ?? ['copy', 'worktree']);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const unsaved = useUnsaved(!busy && (path !== '' || label !== (root?.label ?? '')));
  const isPath = root !== null || path.trim().startsWith('/');
  const isWhole = isPath && label.trim() !== '' && roles.length > 0 && modes.length > 0;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || !isWhole) return;
    setBusy(true);
    setProblem(null);
    const settings = { label: label.trim(), roles, modes };
    try {
      if (root === null) await api.folders.grant({ ...settings, path: path.trim() });
      else await api.folders.change(root.id, settings);
      onSaved();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && unsaved.guard(onClose)}
      title={root === null ? t.addTitle : t.changeTitle}
      description={root === null ? t.addHelp : t.changeHelp(root.path)}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3" noValidate>
        {root === null && (
          <Field
            {...{ label: t.path, help: t.pathHelp, value: path, onValue: setPath, autoComplete: 'off' }}
            {...{ placeholder: '/srv/projects', 'data-autofocus': '', spellCheck: false }}
            problem={tried && !isPath ? t.pathProblem : null}
          />
        )}
        <Field
          {...{ label: t.label, value: label, onValue: setLabel, maxLength: 100 }}
          autoComplete="off"
          problem={tried && label.trim() === '' ? t.labelProblem : null}
        />
        <Choices
          {...{ label: t.roles, options: ROLES, chosen: roles, names: t.roleNames, onChoose: setRoles }}
          problem={tried && roles.length === 0 ? t.rolesProblem : null}
        />
        <Choices
          {...{ label: t.modes, options: MODES, chosen: modes, names: t.modeNames, onChoose: setModes }}
          helps={t.modeHelp}
          problem={tried && modes.length === 0 ? t.modesProblem : null}
        />
        {modes.includes('direct') && <p className="text-sm text-warn">{t.directWarning}</p>}
        <FormEnd
          {...{ failure: problem?.message ?? null, busy, submit: root === null ? t.create : t.save }}
          onCancel={() => unsaved.guard(onClose)}
        />
      </form>
      {unsaved.question}
    </Dialog>
  );
}

interface ChoicesProps<T extends string> {
  label: string;
  options: readonly T[];
  chosen: readonly T[];
  names: Readonly<Record<T, string>>;
  helps?: Readonly<Record<T, string>>;
  problem: string | null;
  onChoose: (chosen: readonly T[]) => void;
}

function Choices<T extends string>({ label, options, chosen, names, helps, problem, onChoose }: ChoicesProps<T>) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-semibold">{label}</legend>
      <div className={helps === undefined ? 'flex flex-wrap gap-x-4' : 'flex flex-col'}>
        {options.map((each) => (
          <label key={each} className="tap flex items-start gap-2 py-1">
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-accent"
              checked={chosen.includes(each)}
              onChange={({ target }) =>
                onChoose(options.filter((option) => (option === each ? target.checked : chosen.includes(option))))
              }
            />
            <span>
              {names[each]}
              {helps !== undefined && <span className="block text-sm text-muted">{helps[each]}</span>}
            </span>
          </label>
        ))}
      </div>
      <FieldProblem id={`${label}-problem`} problem={problem} />
    </fieldset>
  );
}
