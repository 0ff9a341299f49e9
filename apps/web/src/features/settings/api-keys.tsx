import { useCallback, useEffect, useState } from 'react';

import { toHref } from '../../api/base-path.ts';
import type { ApiKeyResource } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatAgo, formatDay } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { NewKey } from './new-key.tsx';

/** The signed-in user's API keys: lists, creates and revokes them. */
export function ApiKeys() {
  const { api } = useServices();
  const [keys, setKeys] = useState<readonly ApiKeyResource[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [revoking, setRevoking] = useState<ApiKeyResource | null>(null);

  const load = useCallback(() => {
    api.listApiKeys().then(
      (page) => {
        setKeys(page.data);
        setProblem(null);
      },
      (error: unknown) => setProblem(toProblem(error)),
    );
  }, [api]);
  useEffect(load, [load]);

  const revoke = async (key: ApiKeyResource) => {
    setRevoking(null);
    await api.revokeApiKey(key.id).catch((error: unknown) => setProblem(toProblem(error)));
    load();
  };
  return (
    <div className="flex flex-col">
      <p className="px-4 pt-3 text-sm text-muted">
        {t.settings.keysHelp}{' '}
        <a href={toHref('/api/docs')} className="tap-inline text-accent underline underline-offset-3">
          {t.palette.apiReference}
        </a>
      </p>
      {problem !== null && (
        <div className="mx-4 mt-2">
          <Trouble text={t.settings.keysFailed} problem={problem} onRetry={load} />
        </div>
      )}
      <ul className="mt-2">
        {keys?.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
        ))}
      </ul>
      {keys?.length === 0 && <p className="px-4 py-2 text-muted">{t.settings.keysNone}</p>}
      <NewKey onMade={load} />
      {revoking !== null && (
        <Dialog
          open
          onOpenChange={(open) => !open && setRevoking(null)}
          title={t.settings.keyRevokeTitle(revoking.name)}
          description={t.settings.keyRevokeHelp}
        >
          <div className="flex justify-end gap-2">
            <Button data-autofocus="" onClick={() => setRevoking(null)}>
              {t.app.cancel}
            </Button>
            <Button look="danger" onClick={() => void revoke(revoking)}>
              {t.settings.keyRevoke}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKeyResource; onRevoke: () => void }) {
  const now = Date.now();
  const used =
    apiKey.last_used_at === null ? t.settings.keyUnused : t.settings.keyUsed(formatAgo(apiKey.last_used_at, now));
  return (
    <li className="flex items-center gap-3 border-t border-line px-4 py-2">
      <div className="min-w-0 flex-1">
        <p className="font-semibold wrap-anywhere">{apiKey.name}</p>
        <p className="nums text-sm wrap-anywhere text-muted">
          <code className="font-mono">{apiKey.hint}…</code> · {t.settings.keyMade(formatAgo(apiKey.created_at, now))} ·{' '}
          {used}
          {!apiKey.scopes.includes('write') && ` · ${t.settings.keyReads}`}
          {apiKey.expires_at !== null && (
            <>
              {' · '}
              {Date.parse(apiKey.expires_at) <= now ? (
                <span className="font-semibold text-bad">{t.settings.keyOver}</span>
              ) : (
                t.settings.keyUntil(formatDay(apiKey.expires_at))
              )}
            </>
          )}
        </p>
      </div>
      <Button size="small" onClick={onRevoke} aria-label={`${t.settings.keyRevoke} ${apiKey.name}`}>
        {t.settings.keyRevoke}
      </Button>
    </li>
  );
}
