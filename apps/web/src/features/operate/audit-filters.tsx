import type { UserResource } from '@claude-sdk-pattern/protocol';
import { useId, useState, type ComponentProps, type FormEvent } from 'react';

import type { AuditFilters } from '../../api/api.ts';
import { Button } from '../../ui/button.tsx';
import { t } from './audit-messages.ts';
import { usePeople } from './use-people.ts';

const FIELD = 'tap h-9 w-full min-w-0 rounded-sm border border-control bg-bg px-2 text-lg md:text-base';

/** The filters of the audit page, applied when the form is sent. */
export function AuditFilterForm(props: { filters: AuditFilters; onChange: (filters: AuditFilters) => void }) {
  const { filters, onChange } = props;
  const { list } = usePeople();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = [...new FormData(event.currentTarget)].flatMap(([name, value]) =>
      typeof value === 'string' && value.trim() !== ''
        ? [[name, name === 'actor' ? toActorId(value.trim(), list ?? []) : value.trim()]]
        : [],
    );
    onChange(Object.fromEntries(values) as AuditFilters);
  };
  const id = useId();
  /** On a phone the fields would fill the screen before the first entry. */
  const [isOpen, setOpen] = useState(false);
  const isFiltered = Object.keys(filters).length > 0;
  const isShown = isOpen || isFiltered;
  return (
    <>
      {!isFiltered && (
        <Button
          aria-expanded={isShown}
          aria-controls={`${id}-form`}
          onClick={() => setOpen(!isOpen)}
          className="self-start md:hidden"
        >
          {t.filters}
        </Button>
      )}
      <form
        id={`${id}-form`}
        // The fields take what a link or a press on an id has chosen.
        key={JSON.stringify(filters)}
        aria-label={t.filters}
        onSubmit={submit}
        className={`${isShown ? 'grid' : 'hidden md:grid'} grid-cols-2 gap-3 rounded-md border border-line bg-surface p-3 md:grid-cols-6`}
      >
        <div className="col-span-2 min-w-0">
          <label htmlFor={id} className="mb-1 block text-sm font-semibold">
            {t.action}
          </label>
          <select id={id} name="action" defaultValue={filters.action ?? ''} className={FIELD}>
            <option value="">{t.anyAction}</option>
            {Object.entries(t.actions).map(([action, name]) => (
              <option key={action} value={action}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <Field
          label={t.actor}
          name="actor"
          placeholder={t.actorHelp}
          defaultValue={filters.actor}
          list={`${id}-people`}
          isWide
        />
        <datalist id={`${id}-people`}>
          {(list ?? []).map(({ id: userId, name, email }) => (
            <option key={userId} value={email}>
              {name}
            </option>
          ))}
        </datalist>
        <Field label={t.target} name="target" placeholder={t.targetHelp} defaultValue={filters.target} isWide />
        <Field label={t.from} name="from" type="date" defaultValue={filters.from} />
        <Field label={t.to} name="to" type="date" defaultValue={filters.to} />
        <div className="col-span-2 flex items-end justify-end gap-2">
          {isFiltered && (
            <Button look="quiet" onClick={() => onChange({})}>
              {t.clear}
            </Button>
          )}
          <Button type="submit">{t.apply}</Button>
        </div>
      </form>
    </>
  );
}

/** The id of the only person with this email address or name; the text itself where there is none, or more than one. */
function toActorId(text: string, people: readonly UserResource[]): string {
  const wanted = text.toLowerCase();
  const found = people.filter(({ name, email }) => [name, email].some((each) => each?.toLowerCase() === wanted));
  return found.length === 1 ? (found[0]?.id ?? text) : text;
}

function Field({ label, isWide, ...input }: ComponentProps<'input'> & { label: string; isWide?: boolean }) {
  const id = useId();
  return (
    <div className={isWide === true ? 'col-span-2 min-w-0' : 'min-w-0 md:col-span-2'}>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
      </label>
      <input id={id} maxLength={200} autoComplete="off" spellCheck={false} className={FIELD} {...input} />
    </div>
  );
}
