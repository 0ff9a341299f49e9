import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import { useServices } from '../../services/services.ts';
import { formatCost, formatCount } from '../../ui/format.ts';
import { countTokens, toCacheShare, toMicros, type TokenKind } from './figures.ts';
import { formatFigures, formatPercent, t } from './messages.ts';
import { toSeriesColor } from './series-color.ts';
import type { UsageReport } from './use-usage.ts';

const KINDS = Object.entries(t.kinds) as [TokenKind, string][];

/** What the shown time comes to: the cost beside that of the time before, the tokens by kind, and the cache. */
export function UsageFigures({ report }: { report: UsageReport }) {
  const { total } = report;
  const share = toCacheShare(total);
  const tokens = countTokens(total);
  const width = (count: number) => `${(count / Math.max(1, tokens)) * 100}%`;
  return (
    <div className="usage-figures">
      <Tile name={t.cost} value={formatFigures(total, 'cost')}>
        <p>{compare(report)}</p>
        <p>{t.calls(total.requests)}</p>
      </Tile>
      <Tile name={t.cache} value={share === null ? '–' : formatPercent(share)}>
        <p>{share === null ? t.noCache : t.cacheShare(formatPercent(share))}</p>
      </Tile>
      <Tile isWide name={t.tokens} value={formatCount(tokens)}>
        <div aria-hidden className="usage-kinds overflow-hidden rounded-full bg-surface">
          {KINDS.map(([kind], index) => (
            <span key={kind} style={{ width: width(total[kind]), background: toSeriesColor(index) }} />
          ))}
        </div>
        <ul className="grid grid-cols-2 gap-x-3">
          {KINDS.map(([kind, name], index) => (
            <li key={kind} className="flex items-center gap-1.5">
              <span aria-hidden className="usage-swatch" style={{ background: toSeriesColor(index) }} />
              <span className="whitespace-nowrap">{name}</span>
              <span className="ml-auto text-text">{formatCount(total[kind])}</span>
            </li>
          ))}
        </ul>
      </Tile>
    </div>
  );
}

function Tile(props: { name: string; value: string; isWide?: boolean; children: ReactNode }) {
  const { name, value, isWide = false, children } = props;
  return (
    <section
      aria-label={name}
      className={`flex flex-col gap-2 rounded-md border border-line bg-raised px-4 py-3 ${isWide ? 'usage-wide' : ''}`}
    >
      <h2 className="text-sm font-semibold text-muted">{name}</h2>
      <p className="nums text-2xl font-semibold">{value}</p>
      <div className="nums flex flex-col gap-1.5 text-sm text-muted">{children}</div>
    </section>
  );
}

function compare({ total, before, wish }: UsageReport): string {
  const name = t.before[wish.range.name];
  const was = toMicros(before);
  if (was === 0) return t.nothingBefore(name);
  const share = toMicros(total) / was - 1;
  const text = formatCost(was / 1_000_000);
  if (Math.abs(share) < 0.005) return t.same(name, text);
  return (share > 0 ? t.more : t.less)(formatPercent(Math.abs(share)), name, text);
}

/** Calls without a price are no gift: the notice says so, and to operators how they get one. */
export function UnpricedNote({ report: { total } }: { report: UsageReport }) {
  const { bootstrap } = useServices();
  if (total.unpriced_requests === 0) return null;
  return (
    <div role="note" className="flex gap-3 rounded-md border border-line bg-warn-soft px-4 py-3">
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
      <p className="min-w-0 wrap-anywhere">
        {t.unpriced(total.unpriced_requests, total.requests)}
        {bootstrap.user.role !== 'user' && ` ${t.unpricedHelp}`}
      </p>
    </div>
  );
}
