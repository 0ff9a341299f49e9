import type { OverviewResource } from '@claude-sdk-pattern/protocol';
import { Link } from 'wouter';

import { formatCost } from '../../ui/format.ts';
import { formatMemory } from '../operate/format-memory.ts';
import { t } from './messages.ts';
import { Bar, Tile, toTone } from './tile.tsx';

/** How busy the server is. */
export function LoadSection({ load }: Pick<OverviewResource, 'load'>) {
  const memory = load.memory_total_bytes === 0 ? 0 : load.memory_used_bytes / load.memory_total_bytes;
  const places = load.max_processes === 0 ? 0 : load.processes / load.max_processes;
  return (
    <dl className="grid grid-cols-2 gap-2 md:grid-cols-3">
      <Tile name={t.load.turns} value={String(load.turns_running)} help={t.load.turnsHelp(load.turns_waiting)} />
      <Tile
        name={t.load.processes}
        value={t.load.of(load.processes, load.max_processes)}
        help={t.load.processesHelp(load.spares_ready, load.spares_wanted)}
      >
        <Bar share={places} tone={toTone(places)} />
      </Tile>
      <Tile name={t.load.queue} value={String(load.queue_length)} help={t.load.queueHelp(load.hibernated)} />
      <Tile name={t.load.cpu} value={t.load.share(load.cpu_share)} help={t.load.cpuHelp(load.cpus)}>
        <Bar share={load.cpu_share} tone={toTone(load.cpu_share)} />
      </Tile>
      <Tile name={t.load.memory} value={t.load.share(memory)} help={t.load.memoryHelp(formatMemory(load.agents_bytes))}>
        <Bar share={memory} tone={toTone(memory)} />
      </Tile>
      <Tile name={t.load.lag} value={t.load.ms(load.event_loop_lag_ms)} help={t.load.lagHelp} />
    </dl>
  );
}

/** What was spent today, against the budget of the platform. */
export function SpendingSection({ spending }: Pick<OverviewResource, 'spending'>) {
  const { budget } = spending;
  const spent = Number(budget?.spent_usd ?? 0);
  const limit = Number(budget?.limit.amount ?? 0) / 100;
  const share = limit === 0 ? 1 : spent / limit;
  return (
    <div className="nums flex flex-col gap-2 rounded-md border border-line bg-raised px-4 py-3">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="text-2xl font-semibold">{formatCost(Number(spending.today_usd))}</span>
        <span className="text-sm text-muted">{t.spending.calls(spending.requests)}</span>
        <Link href="/usage?of=all" className="tap-inline ml-auto text-sm underline">
          {t.spending.usage}
        </Link>
      </p>
      {spending.unpriced_requests > 0 && (
        <p className="text-sm text-warn">{t.spending.unpriced(spending.unpriced_requests)}</p>
      )}
      {budget === null ? (
        <p className="text-sm text-muted">
          {t.spending.noBudget}.{' '}
          <Link href="/operate/budgets" className="tap-inline underline">
            {t.spending.setBudget}
          </Link>
        </p>
      ) : (
        <>
          <Bar share={share} tone={budget.state === 'ok' ? 'accent' : budget.state === 'warned' ? 'warn' : 'bad'} />
          <p className="text-sm text-muted">
            {t.spending.ofBudget(formatCost(spent), formatCost(limit), budget.period)}
          </p>
        </>
      )}
    </div>
  );
}
