import { RefreshCw, X } from 'lucide-react';
import { useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useSession } from '../../session/session-context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { describeDifference } from './describe-difference.ts';
import { t } from './messages.ts';
import { useReloadOffer } from './use-reload-offer.ts';

type Asked = { state: 'no' } | { state: 'asking' } | { state: 'after-turn' } | { state: 'failed' };

/** For who may drive the session: that its process has other plugins than a new one, and the way to take those. */
export function ReloadOffer() {
  const { api } = useServices();
  const sessionId = useSession((state) => state.sessionId);
  const offer = useReloadOffer();
  const [dismissed, dismiss] = useDismissed(sessionId);
  const [asked, setAsked] = useState<{ key: string | null } & Asked>({ key: null, state: 'no' });
  if (offer === null || offer.key === dismissed) return null;
  const { key, running, next } = offer;
  const { state } = asked.key === key ? asked : { state: 'no' as const };
  const reload = async () => {
    if (state === 'asking') return;
    setAsked({ key, state: 'asking' });
    try {
      const { when } = await api.reloadSession(sessionId);
      // Now: the session tells that its process has ended, which ends the offer for all.
      setAsked({ key, state: when === 'after_turn' ? 'after-turn' : 'asking' });
    } catch {
      setAsked({ key, state: 'failed' });
    }
  };
  return (
    <div
      role="status"
      className="mb-1 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-sm border border-line bg-surface py-1 pr-1 pl-3 text-sm"
    >
      <p className="min-w-0 flex-1 basis-56 wrap-anywhere">
        <span className="text-muted">{t.changed}</span> {describeDifference(running, next)}.{' '}
        <span className={state === 'failed' ? 'text-bad' : 'text-muted'}>
          {state === 'failed' ? t.failed : state === 'after-turn' ? t.afterTurn : t.help}
        </span>
      </p>
      <div className="ml-auto flex items-center">
        {state !== 'after-turn' && (
          <Button size="small" look="quiet" busy={state === 'asking'} onClick={() => void reload()}>
            <RefreshCw size={13} aria-hidden />
            {t.reload}
          </Button>
        )}
        <IconButton size="small" label={t.dismiss} onClick={() => dismiss(key)}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}

/** Which offer this tab does not want to see again for the session. */
function useDismissed(sessionId: string): [string | null, (key: string) => void] {
  const name = `csp.reload-offer.${sessionId}`;
  const [dismissed, setDismissed] = useState(() => sessionStorage.getItem(name));
  return [
    dismissed,
    (key) => {
      sessionStorage.setItem(name, key);
      setDismissed(key);
    },
  ];
}
