import type { ShareLevel } from '@claude-sdk-pattern/protocol';
import { useId, useState, type FormEvent } from 'react';

import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { LevelSelect } from './level-select.tsx';

/** Adds a person by their whole email address. */
export function ShareForm({ onShare }: { onShare: (email: string, level: ShareLevel) => Promise<string | null> }) {
  const [email, setEmail] = useState('');
  const [level, setLevel] = useState<ShareLevel>('view');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const id = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const refused = await onShare(email.trim(), level);
    setBusy(false);
    setRefusal(refused);
    if (refused === null) setEmail('');
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {t.sharing.email}
      </label>
      <input
        id={id}
        type="email"
        required
        data-autofocus=""
        autoComplete="off"
        value={email}
        aria-invalid={refusal !== null}
        aria-describedby={refusal === null ? undefined : `${id}-refusal`}
        onChange={(event) => setEmail(event.target.value)}
        className="tap h-9 w-full rounded-sm border border-control bg-bg px-3"
      />
      {refusal !== null && (
        <p id={`${id}-refusal`} role="alert" className="mt-1.5 text-sm text-bad">
          {refusal}
        </p>
      )}
      <div className="mt-2 flex items-center gap-3">
        <LevelSelect label={t.sharing.level} value={level} onChange={setLevel} />
        <p className="min-w-0 flex-1 text-sm text-muted">{t.sharing.levels[level].help}</p>
        <Button type="submit" look="primary" disabled={busy}>
          {t.sharing.share}
        </Button>
      </div>
    </form>
  );
}
