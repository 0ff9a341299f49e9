import type { SecretResource } from '@claude-sdk-pattern/protocol';
import { Trash2 } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { formatAgo, formatMoment } from '../../ui/format.ts';
import type { SecretUse } from './list-secret-uses.ts';
import { t } from './messages.ts';
import { UseList } from './use-list.tsx';

export interface SecretRowProps {
  secret: SecretResource;
  /** Null while it is not known. */
  uses: readonly SecretUse[] | null;
  onReplace: () => void;
  onRemove: () => void;
}

/** One secret: its name, when and by whom it was set, which plugins ask for it, and what can be done with it. */
export function SecretRow({ secret, uses, onReplace, onRemove }: SecretRowProps) {
  const { bootstrap } = useServices();
  const { name, scope, updated_at: at, updated_by: by } = secret;
  const who = by === null ? null : by.id === bootstrap.user.id ? t.by.you : (by.name ?? t.by.removed);
  const isUnused = uses?.length === 0 && scope === 'platform';
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-3 first:border-t-0">
      <div className="min-w-0 flex-1 basis-40">
        <p className="font-mono text-sm font-semibold wrap-anywhere">{name}</p>
        <p className="nums text-sm wrap-anywhere text-muted" title={formatMoment(Date.parse(at))}>
          {t.changed(formatAgo(at, Date.now()), scope === 'user' ? null : who)}
          {isUnused && ` · ${t.unused}`}
        </p>
        {uses !== null && uses.length > 0 && <UseList label={t.usedBy} uses={uses} />}
      </div>
      <div className="flex items-center gap-1">
        <Button size="small" onClick={onReplace} aria-label={t.replaceNamed(name)}>
          {t.replace}
        </Button>
        <IconButton size="small" label={t.removeNamed(name)} onClick={onRemove}>
          <Trash2 size={15} aria-hidden />
        </IconButton>
      </div>
    </li>
  );
}
