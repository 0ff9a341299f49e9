import type { UsageGroupResource } from '@claude-sdk-pattern/protocol';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/segments.tsx';
import { measure, type Measure } from './figures.ts';
import { formatFigures, formatPercent, t } from './messages.ts';
import { toSeriesColor } from './series-color.ts';
import { toGroupName } from './to-group-name.ts';
import { GROUPINGS, OPERATOR_GROUPINGS, type Grouping } from './usage-address.ts';
import type { UsageReport } from './use-usage.ts';

interface UsageGroupsProps {
  report: UsageReport;
  measured: Measure;
  all: boolean;
  grouping: Grouping;
  onGrouping: (by: Grouping) => void;
  /** Undefined where all that can be shown is there. */
  onMore: (() => void) | undefined;
  toPersonHref: (id: string) => string;
}

/** What each model, agent, session, plugin, upstream or person has used, the dearest first. */
export function UsageGroups(props: UsageGroupsProps) {
  const { report, measured, all, grouping, onGrouping, onMore, toPersonHref } = props;
  const { total, groups, wish, series } = report;
  const shown = GROUPINGS.filter((each) => all || !OPERATOR_GROUPINGS.has(each));
  const options = shown.map((each) => [each, t.groupings[each]] as const);
  const whole = measure(total, measured);
  const sorted = groups.toSorted((one, other) => measure(other, measured) - measure(one, measured));
  const most = Math.max(...groups.map((group) => measure(group, measured)), 1);
  return (
    <section aria-label={t.groupsTitle} className="rounded-md border border-line bg-raised">
      <div className="flex p-3">
        <Segments label={t.by} value={grouping} options={options} onChange={onGrouping} />
      </div>
      <table className="usage-table nums w-full text-right">
        <thead className="border-y border-line text-sm text-muted">
          <tr>
            <th scope="col" className="text-left">
              {t.groupings[wish.by]}
            </th>
            <th scope="col" className="max-md:hidden">
              {t.callsName}
            </th>
            <th scope="col" className="max-md:hidden">
              {t.measures[OTHER[measured]]}
            </th>
            <th scope="col">{t.measures[measured]}</th>
            <th scope="col" className="max-md:hidden">
              {t.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((group) => (
            <GroupRow
              key={group.group}
              {...{ group, measured, whole, most, all, toPersonHref }}
              by={wish.by}
              color={toSeriesColor(findSeries(series, group))}
            />
          ))}
        </tbody>
      </table>
      {report.hasMore && (
        <div className="flex justify-center border-t border-line p-3">
          {onMore === undefined ? (
            <p className="text-sm text-muted">{t.tooMany}</p>
          ) : (
            <Button onClick={onMore}>{t.showMore}</Button>
          )}
        </div>
      )}
    </section>
  );
}

const OTHER = { cost: 'tokens', tokens: 'cost' } as const;

function findSeries(series: UsageReport['series'], { group }: UsageGroupResource): number {
  const found = series.findIndex((each) => each.group.group === group);
  return found === -1 ? Infinity : found;
}

interface GroupRowProps extends GroupNameProps {
  measured: Measure;
  /** Of all groups, in micro-dollars or tokens. */
  whole: number;
  /** Of the group that has the most. */
  most: number;
  color: string;
}

function GroupRow({ group, measured, whole, most, color, ...rest }: GroupRowProps) {
  const value = measure(group, measured);
  const other = formatFigures(group, OTHER[measured]);
  return (
    <tr className="border-b border-line">
      <th scope="row" className="text-left font-normal">
        <GroupName group={group} {...rest} />
        <span className="flex flex-wrap gap-x-2 text-sm text-muted">
          <span className="md:hidden">{t.ofTotal(t.calls(group.requests), other)}</span>
          {group.unpriced_requests > 0 && <span className="text-warn">{t.unpricedOf(group.unpriced_requests)}</span>}
        </span>
        <span aria-hidden className="usage-share mt-1.5 block overflow-hidden rounded-full bg-surface">
          <span
            className="block h-full rounded-full"
            style={{ width: `${(value / most) * 100}%`, minWidth: value > 0 ? 4 : 0, background: color }}
          />
        </span>
      </th>
      <td className="max-md:hidden">{group.requests.toLocaleString('en')}</td>
      <td className="max-md:hidden">{other}</td>
      <td className="font-semibold">{formatFigures(group, measured)}</td>
      <td className="text-muted max-md:hidden">{whole === 0 ? '–' : formatPercent(value / whole)}</td>
    </tr>
  );
}

interface GroupNameProps {
  group: UsageGroupResource;
  by: Grouping;
  all: boolean;
  toPersonHref: (id: string) => string;
}

/** Own sessions lead to their page, people to what they have used. */
function GroupName({ group, by, all, toPersonHref }: GroupNameProps): ReactNode {
  const { sessions } = useServices();
  const known = useStore(sessions.store, (state) => (group.group === null ? undefined : state.byId.get(group.group)));
  const name = toGroupName(group, by, all);
  const href =
    group.group === null
      ? undefined
      : by === 'session' && (group.name !== null || known !== undefined)
        ? `/sessions/${group.group}`
        : by === 'user' && group.name !== null
          ? toPersonHref(group.group)
          : undefined;
  if (href === undefined) return <span className="block truncate">{name}</span>;
  return (
    <Link href={href} className="tap inline-flex max-w-full items-center hover:underline">
      <span className="truncate">{name}</span>
    </Link>
  );
}
