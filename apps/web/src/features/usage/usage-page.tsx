import { ChartColumn, Download, Scale, Table } from 'lucide-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Menu, MenuLink } from '../../ui/menu.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { ChartSection } from './chart-section.tsx';
import { chooseRange } from './choose-range.ts';
import { t } from './messages.ts';
import { OwnBudgets } from './own-budgets.tsx';
import { readAddress, writeAddress, type UsageAddress } from './usage-address.ts';
import { UsageChoices } from './usage-choices.tsx';
import { UnpricedNote, UsageFigures } from './usage-figures.tsx';
import { UsageGroups } from './usage-groups.tsx';
import { usePersonName } from './use-person-name.ts';
import './usage.css';
import { toQuery, useUsage, type UsageReport, type UsageWish } from './use-usage.ts';

const FIRST_GROUPS = 10;
/** The most that the server answers. */
const MAX_GROUPS = 1000;

/** What model calls have used and cost: one's own, for operators everybody's. The address has what is chosen. */
export function UsagePage() {
  const { bootstrap } = useServices();
  const [query, setQuery] = useSearchParams();
  const [limit, setLimit] = useState(FIRST_GROUPS);
  const isOperator = bootstrap.user.role !== 'user';
  const address = readAddress(query, isOperator);
  const change = (changes: Partial<UsageAddress>) => {
    if (changes.measure === undefined) setLimit(FIRST_GROUPS);
    setQuery(writeAddress({ ...address, ...changes }));
  };
  const wish: UsageWish = {
    range: chooseRange(
      { name: address.range, from: address.from, to: address.to },
      { now: Date.now(), timeZone: bootstrap.time_zone },
    ),
    by: address.by,
    userId: address.all ? address.person : bootstrap.user.id,
    limit,
  };
  const usage = useUsage(wish, JSON.stringify([{ ...address, measure: null }, limit]));
  const personName = usePersonName(address.person);
  const { report } = usage;
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} actions={<DownloadMenu wish={wish} />} />
      <div className="mx-auto flex w-full max-w-[960px] flex-col gap-4 px-4 py-6">
        <UsageChoices {...{ address, isOperator, personName }} range={wish.range} onChange={change} />
        <OwnBudgets />
        {bootstrap.demo && <p className="text-sm text-muted">{t.demo}</p>}
        {usage.problem !== null && <Trouble text={t.failed} problem={usage.problem} onRetry={usage.reload} />}
        <p role="status" className="sr-only">
          {usage.isLoading && t.loading}
        </p>
        {report !== null && (
          <div aria-busy={usage.isLoading} className="usage-report flex flex-col gap-4">
            <Report
              {...{ report, address, change }}
              timeZone={bootstrap.time_zone}
              onMore={limit < MAX_GROUPS ? () => setLimit(Math.min(MAX_GROUPS, limit * 10)) : undefined}
            />
          </div>
        )}
      </div>
    </div>
  );
}

interface ReportProps {
  report: UsageReport;
  address: UsageAddress;
  change: (changes: Partial<UsageAddress>) => void;
  timeZone: string;
  onMore: (() => void) | undefined;
}

function Report({ report, address, change, timeZone, onMore }: ReportProps) {
  const { measure, all } = address;
  if (report.total.requests === 0) return <Nothing />;
  return (
    <>
      <UsageFigures report={report} />
      <UnpricedNote report={report} />
      <ChartSection {...{ report, timeZone, all }} by={measure} onMeasure={(next) => change({ measure: next })} />
      <UsageGroups
        {...{ report, all, onMore }}
        measured={measure}
        grouping={address.by}
        onGrouping={(next) => change({ by: next })}
        toPersonHref={(id) => `/usage?${writeAddress({ ...address, person: id, by: 'model' })}`}
      />
    </>
  );
}

function DownloadMenu({ wish }: { wish: UsageWish }) {
  const { api } = useServices();
  const query = toQuery(wish);
  const { group_by: _, ...span } = query;
  const { unit } = wish.range;
  return (
    <Menu
      label={t.download}
      align="end"
      renderTrigger={(trigger) => (
        <Button size="small" {...trigger}>
          <Download size={14} aria-hidden />
          {t.download}
        </Button>
      )}
    >
      <MenuLink
        icon={<ChartColumn size={14} aria-hidden />}
        href={api.toUsageCsvPath({ ...query, group_by: unit })}
        download
      >
        {t.downloadTime[unit]}
      </MenuLink>
      <MenuLink
        icon={<Table size={14} aria-hidden />}
        href={api.toUsageCsvPath({ ...query, limit: MAX_GROUPS })}
        download
      >
        {t.downloadGroups[wish.by]}
      </MenuLink>
      <MenuLink
        icon={<Scale size={14} aria-hidden />}
        href={api.toDifferencesCsvPath({ ...span, limit: MAX_GROUPS })}
        download
      >
        {t.downloadDifferences}
      </MenuLink>
    </Menu>
  );
}

function Nothing() {
  return (
    <div className="py-16 text-center">
      <ChartColumn size={24} aria-hidden className="mx-auto mb-3 text-muted" />
      <p className="font-semibold">{t.emptyTitle}</p>
      <p className="text-muted">{t.empty}</p>
      <Link
        href="/"
        className="tap mt-4 inline-flex h-9 items-center rounded-sm border border-control bg-raised px-3 font-semibold no-underline hover:bg-hover"
      >
        {t.emptyAction}
      </Link>
    </div>
  );
}
