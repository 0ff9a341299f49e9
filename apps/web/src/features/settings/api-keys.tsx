import { useCallback, useEffect, useId, useState, type FormEvent } from 'react';

import type { ApiKeyResource } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatAge } from '../../ui/format.ts';

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
        <a href="/api/docs" className="tap inline-flex items-center text-accent underline underline-offset-3">
          {t.palette.apiReference}
        </a>
      </p>
      {problem !== null && (
        <div
          role="alert"
          className="mx-4 mt-2 flex items-center justify-between gap-3 rounded-sm bg-bad-soft px-3 py-2 text-sm"
        >
          <p>
            {t.settings.keysFailed} {problem.message}
          </p>
          <Button size="small" onClick={load}>
            {t.app.retry}
          </Button>
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
    apiKey.last_used_at === null ? t.settings.keyUnused : t.settings.keyUsed(formatAge(apiKey.last_used_at, now));
  return (
    <li className="flex items-center gap-3 border-t border-line px-4 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate font-semibold">{apiKey.name}</p>
        <p className="nums truncate text-sm text-muted">
          <code className="font-mono">{apiKey.hint}…</code> · {t.settings.keyMade(formatAge(apiKey.created_at, now))} ·{' '}
          {used}
        </p>
      </div>
      <Button size="small" onClick={onRevoke} aria-label={`${t.settings.keyRevoke} ${apiKey.name}`}>
        {t.settings.keyRevoke}
      </Button>
    </li>
  );
}

function NewKey({ onMade }: { onMade: () => void }) {
  const { api } = useServices();
  const [name, setName] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = useId();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const created = await api.createApiKey(name.trim());
      setMade(created.key);
      setName('');
      setProblem(null);
      onMade();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  if (made !== null) {
    return (
      <div role="status" className="border-t border-line px-4 py-3">
        <p className="mb-2 font-semibold">{t.settings.keyNew}</p>
        <div className="flex flex-wrap items-center gap-2">
          <code className="min-w-0 flex-1 rounded-sm border border-line bg-surface px-3 py-1.5 font-mono text-sm wrap-anywhere">
            {made}
          </code>
          <CopyButton text={made} label={t.settings.keyCopy} />
          <Button size="small" onClick={() => setMade(null)}>
            {t.settings.keyDone}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <form onSubmit={(event) => void create(event)} className="border-t border-line px-4 py-3">
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.settings.keyName}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          required
          maxLength={100}
          value={name}
          placeholder={t.settings.keyNamePlaceholder}
          onChange={(event) => setName(event.target.value)}
          className="tap h-9 min-w-0 flex-1 rounded-sm border border-control bg-bg px-3 text-lg md:text-base"
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {t.settings.keyCreate}
        </Button>
      </div>
      {problem !== null && (
        <p role="alert" className="mt-2 text-sm text-bad">
          {problem.message}
        </p>
      )}
    </form>
  );
}
