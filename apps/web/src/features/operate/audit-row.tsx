import type { AuditEntryResource } from '@claude-sdk-pattern/protocol';
import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import type { AuditFilters } from '../../api/api.ts';
import { useServices } from '../../services/services.ts';
import { VisibleText } from '../../ui/visible-text.tsx';
import { t } from './audit-messages.ts';

const OUTCOME_LOOKS: Record<string, string> = {
  failure: 'text-bad font-semibold',
  deny: 'text-bad font-semibold',
  unknown: 'text-warn font-semibold',
  ask: 'text-warn font-semibold',
  cancelled: 'text-warn font-semibold',
  allow: 'text-ok',
  success: 'text-muted',
};
const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

interface AuditRowProps {
  entry: AuditEntryResource;
  /** Of people and API keys, by id. */
  names: Readonly<Record<string, string>>;
  onFilter: (filters: AuditFilters) => void;
}

/** One entry: a line that opens to its details. */
export function AuditRow({ entry, names, onFilter }: AuditRowProps) {
  const [open, setOpen] = useState(false);
  const { tool, call } = entry.details;
  const target = useTargetName(entry, names);
  const id = useId();
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        className="tap flex w-full flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-2 text-left hover:bg-hover"
        onClick={() => setOpen(!open)}
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={clsx('shrink-0 text-muted transition-transform duration-120', open && 'rotate-90')}
        />
        <span className="min-w-0 flex-1 basis-40 truncate font-semibold">
          {describeAction(entry)}
          {typeof tool === 'string' && <span className="font-normal"> · {tool}</span>}
          {target !== null && <span className="font-normal text-muted"> · {target}</span>}
        </span>
        <span className={clsx('w-20 shrink-0 text-sm', OUTCOME_LOOKS[entry.outcome])}>
          {t.outcomes[entry.outcome] ?? entry.outcome}
        </span>
        <span className="w-full min-w-0 truncate pl-6.5 text-sm text-muted md:w-56 md:pl-0">
          <ActorName actor={entry.actor} names={names} />
        </span>
        <time dateTime={entry.at} className="nums w-full shrink-0 pl-6.5 text-sm text-muted md:w-44 md:pl-0">
          {TIME.format(new Date(entry.at))}
        </time>
        {typeof call === 'string' && (
          <span className="code-text w-full min-w-0 truncate pl-6.5">
            <VisibleText text={call} />
          </span>
        )}
      </button>
      {open && <Details {...{ id, entry, names, onFilter }} />}
    </li>
  );
}

function describeAction({ action, details }: AuditEntryResource): string {
  if (action === 'approval.answer' && details['reason'] === 'expired') return t.expired;
  if (action === 'session.update' && typeof details['archived'] === 'boolean')
    return details['archived'] ? t.archived : t.unarchived;
  return t.actions[action] ?? action;
}

/** What it was done to, where that says more than the actor does. Titles only of sessions that this person may see. */
function useTargetName({ actor, target }: AuditEntryResource, names: AuditRowProps['names']): string | null {
  const { sessions } = useServices();
  const title = useStore(sessions.store, ({ byId }) => (target.id === null ? undefined : byId.get(target.id)?.title));
  if (target.id === null || target.id === actor.id) return null;
  return names[target.id] ?? title ?? target.id;
}

function ActorName({ actor, names }: Pick<AuditEntryResource, 'actor'> & Pick<AuditRowProps, 'names'>) {
  const { bootstrap } = useServices();
  if (actor.id === bootstrap.user.id) return t.you;
  if (actor.type === 'system') return t.server;
  return actor.id === null ? t.nobody : (names[actor.id] ?? actor.id);
}

function Details({ id, entry, names, onFilter }: AuditRowProps & { id: string }) {
  const targetName = useTargetName(entry, names);
  const { actor, target } = entry;
  const isVisible = useIsVisibleSession(target);
  return (
    <div id={id} role="group" aria-label={t.detailsOf(entry.seq)} className="bg-surface px-3 py-3 md:pl-9.5">
      <dl className="grid grid-cols-1 gap-x-4 gap-y-1 text-sm md:grid-cols-[auto_1fr]">
        <Line name={t.seq} value={String(entry.seq)} />
        <Line name={t.at} value={entry.at} />
        <Line
          name={t.actorId}
          value={toText(actor, actor.id === null ? null : (names[actor.id] ?? null))}
          onFilter={actor.id === null ? null : () => onFilter({ actor: actor.id ?? '' })}
        />
        <Line
          name={t.targetId}
          value={toText(target, targetName)}
          onFilter={target.id === null ? null : () => onFilter({ target: target.id ?? '' })}
        />
        {isVisible && <SessionLink id={target.id ?? ''} />}
        {Object.entries(entry.details).map(([name, value]) => (
          <Line key={name} name={name} value={typeof value === 'string' ? value : JSON.stringify(value)} />
        ))}
        <Line name={t.hash} value={entry.hash} />
        <Line name={t.prevHash} value={entry.prev_hash} />
      </dl>
    </div>
  );
}

function useIsVisibleSession({ type, id }: AuditEntryResource['target']): boolean {
  const { sessions } = useServices();
  return useStore(sessions.store, ({ byId }) => type === 'session' && id !== null && byId.has(id));
}

/** To all that the session has of what the entry tells, for people who may see it. */
function SessionLink({ id }: { id: string }) {
  return (
    <>
      <dt className="sr-only">{t.session}</dt>
      <dd className="mb-1 md:col-start-2 md:mb-0">
        <Link to={`/sessions/${id}`} className="tap text-accent hover:underline">
          {t.openSession}
        </Link>
      </dd>
    </>
  );
}

function Line(props: { name: string; value: string; onFilter?: (() => void) | null }) {
  const { name, value, onFilter = null } = props;
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="mb-1 min-w-0 font-mono text-sm wrap-anywhere md:mb-0">
        {onFilter === null ? (
          <VisibleText text={value} />
        ) : (
          <button
            type="button"
            aria-label={t.only(value)}
            title={t.only(value)}
            className="tap text-left text-accent hover:underline"
            onClick={onFilter}
          >
            {value}
          </button>
        )}
      </dd>
    </>
  );
}

function toText({ type, id }: AuditEntryResource['actor'], name: string | null): string {
  const text = id === null ? type : `${type} ${id}`;
  return name === null || name === id ? text : `${text} (${name})`;
}
