import type { ProcessPoolResource } from '@claude-sdk-pattern/protocol';

import { t } from './messages.ts';

/** How well the spares serve: those that are ready, and what became of them since the server started. */
export function PoolSection({ pool }: { pool: ProcessPoolResource }) {
  const { ready, wanted, kinds, starting, started, claimed, failed, start_failures: inRow } = pool;
  // Without a pool there is nothing to tell.
  if (wanted === 0 && ready === 0 && started === 0 && failed === 0) return null;
  return (
    <section aria-labelledby="pool" className="flex flex-col gap-2">
      <h2 id="pool" className="text-sm font-semibold text-muted">
        {t.pool.title}
      </h2>
      <p className="text-sm text-muted">{t.pool.help}</p>
      <dl className="grid grid-cols-2 gap-2 md:grid-cols-4">
        <Figure
          name={t.pool.ready}
          value={t.pool.readyOf(ready, wanted)}
          help={`${t.pool.starting(starting)}, ${t.pool.kinds(kinds)}`}
        />
        <Figure name={t.pool.claimed} value={String(claimed)} help={t.pool.since} />
        <Figure name={t.pool.started} value={String(started)} help={t.pool.since} />
        <Figure name={t.pool.failed} value={String(failed)} help={failed === 0 ? t.pool.since : t.pool.inRow(inRow)} />
      </dl>
    </section>
  );
}

function Figure({ name, value, help }: { name: string; value: string; help: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-1 rounded-md border border-line bg-raised px-4 py-3">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="nums flex flex-col gap-1">
        <span className="text-xl font-semibold">{value}</span>
        <span className="text-sm text-muted">{help}</span>
      </dd>
    </div>
  );
}
