import type { UpstreamResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect } from 'react';
import { Link } from 'wouter';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { formatClock, formatMoment } from '../../ui/format.ts';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './upstream-messages.ts';
import { useOverview } from './use-overview.ts';

const TONES: Record<UpstreamResource['state'], string> = {
  closed: 'text-ok',
  half_open: 'text-warn',
  open: 'text-bad',
};

/** For operators: where model calls go, and the circuit breaker of each. Loaded again when the overview tells of a change. */
export function UpstreamsPage() {
  const { api } = useServices();
  const { value, problem, reload } = useLoaded(useCallback(() => api.console.listUpstreams(), [api]));
  const overview = useOverview();
  const news = JSON.stringify(
    overview?.attention.filter(({ kind }) => kind === 'upstream_open' || kind === 'model_outage'),
  );
  useEffect(reload, [news, reload]);
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.help}</p>
        {problem !== null && <Trouble text={t.failed} problem={problem} onRetry={reload} />}
        <ol className="flex flex-col gap-2">
          {value?.data.map((upstream) => (
            <li key={upstream.name} className="rounded-md border border-line bg-raised px-4 py-3">
              <div className="flex flex-wrap items-baseline gap-x-3">
                <h2 className="font-semibold wrap-anywhere">{upstream.name}</h2>
                <span className={`text-sm font-semibold ${TONES[upstream.state]}`}>{t.states[upstream.state]}</span>
                <span className="nums text-sm text-muted">{t.since(formatMoment(Date.parse(upstream.since)))}</span>
                {upstream.retry_at !== null && (
                  <span className="nums ml-auto text-sm text-muted">{toRetry(upstream.retry_at)}</span>
                )}
              </div>
              <p className="font-mono text-sm wrap-anywhere text-muted">{upstream.base_url}</p>
              <p className="nums text-sm wrap-anywhere text-muted">
                <span className={upstream.failures > 0 ? 'text-warn' : ''}>{t.failures(upstream.failures)}</span> ·{' '}
                {upstream.models === null ? t.allModels : t.models(upstream.models.join(', '))}
              </p>
            </li>
          ))}
        </ol>
        <p className="text-sm text-muted">
          {t.keys}{' '}
          <Link href="/operate/secrets" className="tap-inline underline">
            {t.secrets}
          </Link>
        </p>
      </div>
    </div>
  );
}

function toRetry(at: string): string {
  const ms = Date.parse(at);
  return ms > Date.now() ? t.nextTry(formatClock(ms)) : t.nextCall;
}
