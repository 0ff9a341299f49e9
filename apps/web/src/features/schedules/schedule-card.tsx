import type { DeploymentResource } from '@claude-sdk-pattern/protocol/v1';
import { CalendarClock, ChevronRight, Pause, Pencil, Play, Trash2, TriangleAlert, Webhook } from 'lucide-react';
import { useId, useState } from 'react';

import { Button } from '../../ui/button.tsx';
import { formatMoment } from '../../ui/format.ts';
import { MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { describeCron } from './describe-cron.ts';
import { t } from './messages.ts';
import { RunHistory } from './run-history.tsx';

export type ScheduleAction = 'run' | 'pause' | 'unpause' | 'edit' | 'webhook' | 'archive';

export interface ScheduleCardProps {
  deployment: DeploymentResource;
  /** Rises when it was run from here. */
  version: number;
  onAction: (action: ScheduleAction) => void;
}

/** One deployment: when it runs, how it is, what can be done with it, and its history. */
export function ScheduleCard({ deployment, version, onAction }: ScheduleCardProps) {
  const { name, status } = deployment;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const toggle = status === 'active' ? 'pause' : 'unpause';
  return (
    <li className="rounded-md border border-line bg-raised">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
        <div className="min-w-0 flex-1 basis-64">
          <h2 className="truncate font-semibold">{name}</h2>
          <When deployment={deployment} />
          <State deployment={deployment} />
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Button size="small" aria-label={t.actionOn(t.run, name)} onClick={() => onAction('run')}>
            <Play size={14} aria-hidden />
            {t.run}
          </Button>
          <Button size="small" aria-label={t.actionOn(t[toggle], name)} onClick={() => onAction(toggle)}>
            {t[toggle]}
          </Button>
          <MoreMenu label={t.actions(name)}>
            <MenuItem onSelect={() => onAction('edit')} icon={<Pencil size={16} aria-hidden />}>
              {t.edit}
            </MenuItem>
            <MenuItem onSelect={() => onAction('webhook')} icon={<Webhook size={16} aria-hidden />}>
              {t.webhookSetUp}
            </MenuItem>
            <MenuSeparator />
            <MenuItem danger onSelect={() => onAction('archive')} icon={<Trash2 size={16} aria-hidden />}>
              {t.archive}
            </MenuItem>
          </MoreMenu>
        </div>
      </div>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={t.historyOf(name)}
        onClick={() => setOpen(!isOpen)}
        className="tap flex w-full items-center gap-1.5 border-t border-line px-4 py-1.5 text-left text-sm text-muted hover:bg-hover"
      >
        <ChevronRight size={14} aria-hidden className={isOpen ? 'rotate-90' : ''} />
        {t.history}
      </button>
      <div id={id}>{isOpen && <RunHistory deployment={deployment} version={version} />}</div>
    </li>
  );
}

function When({ deployment: { schedule, has_webhook: hasWebhook } }: { deployment: DeploymentResource }) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
      {schedule !== null && (
        <span className="inline-flex min-w-0 items-center gap-1.5">
          <CalendarClock size={14} aria-hidden className="shrink-0" />
          {t.cron.inZone(describeCron(schedule.expression), schedule.timezone)}
        </span>
      )}
      {hasWebhook && (
        <span className="inline-flex items-center gap-1.5">
          <Webhook size={14} aria-hidden />
          {t.webhook}
        </span>
      )}
      {schedule === null && !hasWebhook && <span>{t.states.manual}</span>}
    </p>
  );
}

function State({ deployment: { schedule, status, paused_reason: reason } }: { deployment: DeploymentResource }) {
  if (status === 'paused') {
    const isError = reason?.type === 'error';
    return (
      <div className={`text-sm ${isError ? 'text-bad' : 'text-warn'}`}>
        <p className="inline-flex items-center gap-1.5 font-semibold">
          {isError ? <TriangleAlert size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
          {isError ? t.states.failed : t.states.paused}
        </p>
        {isError && <p>{t.pausedBy[reason.error.type] ?? t.pausedAfterFailures}</p>}
      </div>
    );
  }
  const [next] = schedule?.upcoming_runs_at ?? [];
  const last = schedule?.last_run_at ?? null;
  return (
    <p className="nums flex flex-wrap gap-x-2 text-sm">
      {next !== undefined && <time dateTime={next}>{t.next(formatMoment(Date.parse(next)))}</time>}
      {last !== null && <span className="text-muted">{t.lastStarted(formatMoment(Date.parse(last)))}</span>}
    </p>
  );
}
