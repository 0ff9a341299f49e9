import { Download, FileJson, ScrollText, Table } from 'lucide-react';
import { useSearchParams } from 'wouter';

import { toHref } from '../../api/base-path.ts';
import type { AuditFilters } from '../../api/api.ts';
import { SectionHeader } from '../../services/section-header.tsx';
import { Button } from '../../ui/button.tsx';
import { Menu, MenuLink } from '../../ui/menu.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { AuditFilterForm } from './audit-filters.tsx';
import { t } from './audit-messages.ts';
import { AuditRow } from './audit-row.tsx';
import { useAudit, type Audit } from './use-audit.ts';

const NAMES: readonly (keyof AuditFilters)[] = ['action', 'actor', 'target', 'from', 'to'];

/** For operators: the audit log. The filters are in the address of the page. */
export function AuditPage() {
  const [query, setQuery] = useSearchParams();
  const filters = toFilters(query);
  const audit = useAudit(filters);
  const filter = (next: AuditFilters) => setQuery(new URLSearchParams(next as Record<string, string>));
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} actions={<ExportMenu filters={filters} />} />
      <div className="mx-auto flex w-full max-w-[960px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.help}</p>
        <AuditFilterForm filters={filters} onChange={filter} />
        <Entries audit={audit} isFiltered={Object.keys(filters).length > 0} onFilter={filter} />
      </div>
    </div>
  );
}

function toFilters(query: URLSearchParams): AuditFilters {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = query.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );
}

function Entries(props: { audit: Audit; isFiltered: boolean; onFilter: (filters: AuditFilters) => void }) {
  const { audit, isFiltered, onFilter } = props;
  const { entries, problem } = audit;
  return (
    <>
      {problem?.kind === 'denied' && <Trouble text={t.onlyOperators} problem={null} />}
      {problem !== null && problem.kind !== 'denied' && (
        <Trouble text={t.failed} problem={problem} onRetry={audit.load} />
      )}
      {entries?.length === 0 && <Nothing text={isFiltered ? t.emptyFiltered : t.emptyAll} />}
      {entries !== null && entries.length > 0 && (
        <ul aria-label={t.entries} className="overflow-hidden rounded-md border border-line bg-raised">
          {entries.map((entry) => (
            <AuditRow key={entry.seq} {...{ entry, onFilter, names: audit.names }} />
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p role="status" className="nums text-sm text-muted">
          {entries !== null && entries.length > 0 && t.loaded(entries.length)}
        </p>
        {audit.hasMore && (
          <Button busy={audit.isLoading} onClick={() => !audit.isLoading && audit.load()}>
            {t.more}
          </Button>
        )}
      </div>
    </>
  );
}

function ExportMenu({ filters }: { filters: AuditFilters }) {
  const toExport = (format: string) => toHref(`/api/v1/audit/export?${new URLSearchParams({ ...filters, format })}`);
  return (
    <Menu
      label={t.export}
      align="end"
      renderTrigger={(trigger) => (
        <Button size="small" {...trigger}>
          <Download size={14} aria-hidden />
          {t.export}
        </Button>
      )}
    >
      <MenuLink icon={<Table size={14} aria-hidden />} href={toExport('csv')} download>
        {t.exportCsv}
      </MenuLink>
      <MenuLink icon={<FileJson size={14} aria-hidden />} href={toExport('jsonl')} download>
        {t.exportJsonl}
      </MenuLink>
    </Menu>
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <div className="py-16 text-center">
      <ScrollText size={24} aria-hidden className="mx-auto mb-3 text-muted" />
      <p className="font-semibold">{t.empty}</p>
      <p className="text-muted">{text}</p>
    </div>
  );
}
