import { Plus } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { OWN } from './owner-select.tsx';
import { SecretRow } from './secret-row.tsx';
import { useSecretWork } from './use-secret-work.tsx';
import { useSecretUses, useSecrets } from './use-secrets.ts';

/** A person's own secrets, without those for model calls: to set, to replace and to delete. */
export function OwnSecrets() {
  const secrets = useSecrets('user');
  const uses = useSecretUses();
  const { model_keys: modelKeys } = useServices().bootstrap;
  const all = secrets.value;
  const list = all && all.filter(({ name }) => modelKeys.every(({ secret }) => secret !== name));
  const work = useSecretWork(all ?? [], secrets.reload);
  const usesOf = (name: string) => (uses === null ? null : (uses.get(name) ?? []));
  return (
    <div className="flex flex-col">
      <p className="px-4 pt-3 text-sm text-muted">{t.ownLead}</p>
      {secrets.problem !== null && (
        <div className="mx-4 mt-2">
          <Trouble text={t.failed} problem={secrets.problem} onRetry={secrets.reload} />
        </div>
      )}
      {work.problem !== null && (
        <div className="mx-4 mt-2">
          <Trouble text="" problem={work.problem} />
        </div>
      )}
      {list !== null && list.length > 0 && (
        <ul aria-label={t.own} className="mt-2 border-t border-line">
          {list.map((secret) => (
            <SecretRow
              key={secret.name}
              {...{ secret, uses: usesOf(secret.name) }}
              onReplace={() => work.replace(secret)}
              onRemove={() => work.remove(secret, usesOf(secret.name) ?? [])}
            />
          ))}
        </ul>
      )}
      {list?.length === 0 && <p className="px-4 py-2 text-muted">{t.ownNone}</p>}
      <div className="border-t border-line px-4 py-3">
        <Button onClick={() => work.put(null, [OWN])}>
          <Plus size={14} aria-hidden />
          {t.add}
        </Button>
      </div>
      {work.dialog}
    </div>
  );
}
