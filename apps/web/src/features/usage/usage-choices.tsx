import { X } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';

import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/segments.tsx';
import { MAX_DAYS, RANGES, toOwnSpan, type RangeName, type ShownRange } from './choose-range.ts';
import { t } from './messages.ts';
import type { UsageAddress } from './usage-address.ts';

interface UsageChoicesProps {
  address: UsageAddress;
  range: ShownRange;
  isOperator: boolean;
  /** Of whom the page shows the usage, where it is one person of all. */
  personName: string | null;
  onChange: (changes: Partial<UsageAddress>) => void;
}

const RANGE_OPTIONS = RANGES.map((name) => [name, t.ranges[name]] as const);
const SCOPES = Object.entries(t.scopes) as ['mine' | 'all', string][];

/** Which time, and whose usage, the page shows. */
export function UsageChoices({ address, range, isOperator, personName, onChange }: UsageChoicesProps) {
  const [isChoosing, setChoosing] = useState(address.range === 'own');
  const choose = (name: RangeName) => {
    setChoosing(name === 'own');
    if (name !== 'own') onChange({ range: name });
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Segments label={t.range} value={isChoosing ? 'own' : range.name} options={RANGE_OPTIONS} onChange={choose} />
        {isOperator && (
          <Segments
            label={t.scope}
            value={address.all ? 'all' : 'mine'}
            options={SCOPES}
            onChange={(scope) => onChange({ all: scope === 'all', person: null })}
          />
        )}
      </div>
      {isChoosing && <OwnRange key={`${range.from} ${range.to}`} range={range} onChange={onChange} />}
      {address.person !== null && (
        <Button
          size="small"
          className="self-start"
          aria-label={t.notOnly(personName ?? t.someone)}
          onClick={() => onChange({ person: null })}
        >
          {t.only(personName ?? t.someone)}
          <X size={14} aria-hidden />
        </Button>
      )}
    </div>
  );
}

function OwnRange({ range, onChange }: Pick<UsageChoicesProps, 'range' | 'onChange'>) {
  const id = useId();
  const [isWrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const read = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value : null;
    };
    const span = toOwnSpan(read('from'), read('to'), range.today);
    setWrong(span === null);
    if (span !== null) onChange({ range: 'own', ...span });
  };
  const field = (name: 'from' | 'to', value: string) => (
    <div className="min-w-0">
      <label htmlFor={`${id}-${name}`} className="mb-1 block text-sm font-semibold">
        {t[name]}
      </label>
      <input
        id={`${id}-${name}`}
        name={name}
        type="date"
        max={range.today}
        defaultValue={value > range.today ? range.today : value}
        aria-describedby={isWrong ? `${id}-wrong` : undefined}
        aria-invalid={isWrong}
        className="tap h-9 w-full min-w-0 rounded-sm border border-control bg-bg px-2 text-lg md:text-base"
      />
    </div>
  );
  return (
    <form noValidate aria-label={t.ranges.own} onSubmit={submit} className="flex flex-wrap items-end gap-3">
      {field('from', range.from)}
      {field('to', range.to)}
      <Button type="submit">{t.apply}</Button>
      {isWrong && (
        <p id={`${id}-wrong`} role="alert" className="w-full text-sm text-bad">
          {t.wrongDays(MAX_DAYS)}
        </p>
      )}
    </form>
  );
}
