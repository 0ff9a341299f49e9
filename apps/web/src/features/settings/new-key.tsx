import { useId, useState, type FormEvent } from 'react';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';

const FIELD = 'tap h-9 w-full rounded-sm border border-control bg-bg px-3 text-lg md:text-base';
/** In how many days a key may end; 0 is never. */
const ENDS = [0, 7, 30, 90, 365] as const;

/** Makes an API key, and shows it once. */
export function NewKey({ onMade }: { onMade: () => void }) {
  const { api } = useServices();
  const [name, setName] = useState('');
  const [days, setDays] = useState<(typeof ENDS)[number]>(0);
  const [mayWrite, setMayWrite] = useState(true);
  const [made, setMade] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = useId();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const created = await api.createApiKey({
        name: name.trim(),
        ...(days > 0 && { expires_in_days: days }),
        ...(!mayWrite && { scopes: ['read'] }),
      });
      setMade(created.key);
      setName('');
      setProblem(null);
      onMade();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  if (made !== null) return <MadeKey secret={made} onDone={() => setMade(null)} />;
  return (
    <form onSubmit={(event) => void create(event)} className="flex flex-col gap-3 border-t border-line px-4 py-3">
      <div>
        <label htmlFor={id} className="mb-1 block text-sm font-semibold">
          {t.settings.keyName}
        </label>
        <input
          id={id}
          required
          maxLength={100}
          value={name}
          placeholder={t.settings.keyNamePlaceholder}
          onChange={(event) => setName(event.target.value)}
          className={FIELD}
        />
      </div>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-48 flex-1">
          <label htmlFor={`${id}-access`} className="mb-1 block text-sm font-semibold">
            {t.settings.keyAccess}
          </label>
          <select
            id={`${id}-access`}
            value={mayWrite ? 'write' : 'read'}
            onChange={(event) => setMayWrite(event.target.value === 'write')}
            className={FIELD}
          >
            <option value="write">{t.settings.keyAccessAll}</option>
            <option value="read">{t.settings.keyAccessRead}</option>
          </select>
        </div>
        <div className="min-w-48 flex-1">
          <label htmlFor={`${id}-end`} className="mb-1 block text-sm font-semibold">
            {t.settings.keyEnd}
          </label>
          <select
            id={`${id}-end`}
            value={days}
            onChange={(event) => setDays(ENDS.find((each) => each === Number(event.target.value)) ?? 0)}
            className={FIELD}
          >
            {ENDS.map((each) => (
              <option key={each} value={each}>
                {t.settings.keyEnds[each]}
              </option>
            ))}
          </select>
        </div>
        <Button type="submit" disabled={name.trim() === ''}>
          {t.settings.keyCreate}
        </Button>
      </div>
      {problem !== null && (
        <p role="alert" className="text-sm text-bad">
          {problem.message}
        </p>
      )}
    </form>
  );
}

function MadeKey({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { question } = useUnsaved(true, t.settings.keyLeave);
  return (
    <div role="status" className="border-t border-line px-4 py-3">
      <p className="mb-2 font-semibold">{t.settings.keyNew}</p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 rounded-sm border border-line bg-surface px-3 py-1.5 font-mono text-sm wrap-anywhere">
          {secret}
        </code>
        <CopyButton text={secret} label={t.settings.keyCopy} />
        <Button size="small" onClick={onDone}>
          {t.settings.keyDone}
        </Button>
      </div>
      {question}
    </div>
  );
}
