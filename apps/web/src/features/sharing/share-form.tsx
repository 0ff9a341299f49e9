import type { ShareLevel } from '@claude-sdk-pattern/protocol';
import { useState, type FormEvent } from 'react';

import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { LevelSelect } from './level-select.tsx';
import { PersonField } from './person-field.tsx';

/** Adds a person: by their whole email address, or picked among those whom the user may see. */
export function ShareForm({ onShare }: { onShare: (email: string, level: ShareLevel) => Promise<string | null> }) {
  const [email, setEmail] = useState('');
  const [level, setLevel] = useState<ShareLevel>('view');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

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
      <PersonField value={email} onValue={setEmail} refusal={refusal} />
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
