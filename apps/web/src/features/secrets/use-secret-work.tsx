import type { SecretResource } from '@claude-sdk-pattern/protocol';
import { useState, type ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import type { SecretUse } from './list-secret-uses.ts';
import { t } from './messages.ts';
import type { SecretOwner } from './owner-select.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { toTarget } from './secret-target.ts';

type Open =
  | { dialog: 'put'; title: string; name: string | null; owners: readonly [SecretOwner, ...SecretOwner[]] }
  | { dialog: 'remove'; secret: SecretResource; uses: readonly SecretUse[] };

export interface SecretWork {
  /** The dialogue that is open; null for none. */
  dialog: ReactNode;
  /** Why the last one could not be deleted. */
  problem: Problem | null;
  /** Asks for a secret, of the given name or of one that is typed in. */
  put: (name: string | null, owners: readonly [SecretOwner, ...SecretOwner[]]) => void;
  replace: (secret: SecretResource) => void;
  remove: (secret: SecretResource, uses: readonly SecretUse[]) => void;
}

/** What is said of a change. */
interface SecretTexts {
  removeHelp: string;
  done: { put: (name: string) => string; remove: (name: string) => string };
}

/** Setting, replacing and deleting secrets, with their dialogues. `onChanged` is told after each change. */
export function useSecretWork(
  known: readonly SecretResource[],
  onChanged: () => void,
  texts: SecretTexts = t,
): SecretWork {
  const { api, announcer } = useServices();
  const [open, setOpen] = useState<Open | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const close = () => setOpen(null);
  const done = (said: string) => {
    close();
    setProblem(null);
    onChanged();
    announcer.say(said);
  };
  const remove = async (secret: SecretResource) => {
    close();
    try {
      await api.secrets.remove(toTarget(secret), secret.name);
      done(texts.done.remove(secret.name));
    } catch (error) {
      setProblem(toProblem(error));
      onChanged();
    }
  };
  return {
    problem,
    put: (name, owners) => setOpen({ dialog: 'put', title: name === null ? t.add : t.setNamed(name), name, owners }),
    replace: (secret) =>
      setOpen({
        ...{ dialog: 'put', title: t.replaceNamed(secret.name), name: secret.name },
        owners: [{ target: toTarget(secret), label: '' }],
      }),
    remove: (secret, uses) => setOpen({ dialog: 'remove', secret, uses }),
    dialog:
      open === null ? null : open.dialog === 'put' ? (
        <SecretDialog {...open} known={known} onClose={close} onSaved={(name) => done(texts.done.put(name))} />
      ) : (
        <ConfirmDialog
          title={t.removeTitle(open.secret.name)}
          help={
            open.uses.length === 0 ? texts.removeHelp : t.removeUsed(open.uses.map(({ title }) => title).join(', '))
          }
          confirm={t.remove}
          danger
          onClose={close}
          onConfirm={() => void remove(open.secret)}
        />
      ),
  };
}
