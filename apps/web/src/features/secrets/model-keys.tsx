import { Trash2 } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatAgo, formatMoment } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { OWN } from './owner-select.tsx';
import { useSecretWork } from './use-secret-work.tsx';
import { useSecrets } from './use-secrets.ts';

/** A person's own keys for the model API, one for each secret that the operator names for it: to set, to replace and to delete. */
export function ModelKeys() {
  const { model_keys: modelKeys } = useServices().bootstrap;
  const secrets = useSecrets('user');
  const list = secrets.value;
  const work = useSecretWork(list ?? [], secrets.reload, t.modelKeys);
  return (
    <div className="flex flex-col">
      <p className="px-4 pt-3 pb-2 text-sm text-muted">{t.modelKeys.lead}</p>
      {secrets.problem !== null && (
        <div className="mx-4 mb-2">
          <Trouble text={t.failed} problem={secrets.problem} onRetry={secrets.reload} />
        </div>
      )}
      {work.problem !== null && (
        <div className="mx-4 mb-2">
          <Trouble text="" problem={work.problem} />
        </div>
      )}
      {list !== null && (
        <ul aria-label={t.modelKeys.title} className="border-t border-line">
          {modelKeys.map(({ secret: name, upstreams }) => {
            const own = list.find((each) => each.name === name);
            return (
              <li
                key={name}
                className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-3 first:border-t-0"
              >
                <div className="min-w-0 flex-1 basis-40">
                  <p className="font-mono text-sm font-semibold wrap-anywhere">{name}</p>
                  <p className="text-sm wrap-anywhere text-muted">{t.modelKeys.upstreams(upstreams)}</p>
                  {own === undefined ? (
                    <p className="text-sm text-muted">{t.modelKeys.none}</p>
                  ) : (
                    <p className="nums text-sm text-muted" title={formatMoment(Date.parse(own.updated_at))}>
                      {t.changed(formatAgo(own.updated_at, Date.now()), null)}
                    </p>
                  )}
                </div>
                {own === undefined ? (
                  <Button size="small" onClick={() => work.put(name, [OWN])} aria-label={t.setNamed(name)}>
                    {t.set}
                  </Button>
                ) : (
                  <div className="flex items-center gap-1">
                    <Button size="small" onClick={() => work.replace(own)} aria-label={t.replaceNamed(name)}>
                      {t.replace}
                    </Button>
                    <IconButton size="small" label={t.removeNamed(name)} onClick={() => work.remove(own, [])}>
                      <Trash2 size={15} aria-hidden />
                    </IconButton>
                  </div>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {work.dialog}
    </div>
  );
}
