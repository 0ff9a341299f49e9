import type { SessionShare, ShareLevel } from '@claude-sdk-pattern/protocol';
import { X } from 'lucide-react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { LevelSelect } from './level-select.tsx';

export interface ShareListProps {
  /** Null: the session is the user's own. */
  owner: { name: string } | null;
  shares: readonly SessionShare[] | null;
  onLevel: (userId: string, level: ShareLevel) => Promise<void>;
  onEnd: (userId: string) => Promise<void>;
}

/** Everybody who has the session: its owner, then the people with whom it is shared. */
export function ShareList({ owner, shares, onLevel, onEnd }: ShareListProps) {
  const { bootstrap } = useServices();
  return (
    <section aria-label={t.sharing.people} className="mt-4">
      <ul>
        <li className="flex min-h-11 items-center gap-3 border-t border-line py-1.5">
          <span className="min-w-0 flex-1 truncate font-semibold">{owner?.name ?? t.sharing.you}</span>
          <span className="shrink-0 text-sm text-muted">{t.sharing.owner}</span>
        </li>
        {shares?.map(({ user, level }) => {
          const isSelf = user.id === bootstrap.user.id;
          return (
            <li
              key={user.id}
              className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-1.5"
            >
              <span className="min-w-0 flex-1 basis-40">
                <span className="block truncate font-semibold">{isSelf ? t.sharing.you : user.name}</span>
                <span className="block truncate text-sm text-muted">{user.email}</span>
              </span>
              {isSelf ? (
                <span className="shrink-0 text-sm text-muted">{t.sharing.levels[level].name}</span>
              ) : (
                <span className="flex shrink-0 items-center gap-1">
                  <LevelSelect
                    label={t.sharing.levelOf(user.name)}
                    value={level}
                    onChange={(next) => void onLevel(user.id, next)}
                  />
                  <IconButton label={t.sharing.end(user.name)} onClick={() => void onEnd(user.id)}>
                    <X size={16} aria-hidden />
                  </IconButton>
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {shares?.length === 0 && <p className="border-t border-line pt-2 text-sm text-muted">{t.sharing.none}</p>}
    </section>
  );
}
