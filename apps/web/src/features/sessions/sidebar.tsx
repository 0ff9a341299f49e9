import {
  Archive,
  Command,
  Hand,
  type LucideIcon,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
  X,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { Mark } from '../../ui/mark.tsx';
import { countWaiting } from '../../services/session-level.ts';
import { findSection } from '../../services/sections.ts';
import { SessionList } from './session-list.tsx';

export interface SidebarProps {
  folded: boolean;
  onFold: (folded: boolean) => void;
  onPalette: () => void;
}

/** The sessions, the search, and the links to the other pages. */
export function Sidebar({ folded, onFold, onPalette }: SidebarProps) {
  if (folded) return <FoldedSidebar onUnfold={() => onFold(false)} onPalette={onPalette} />;
  return (
    <div className="flex h-full flex-col">
      <div className="flex items-center gap-0.5 pt-3 pr-2 pb-2 pl-3">
        <Link href="/" className="tap flex min-w-0 flex-1 items-center gap-2 rounded-sm no-underline">
          <Mark />
          <span className="truncate text-sm font-semibold tracking-tight">{t.app.fullName}</span>
        </Link>
        <IconButton label={t.palette.open} onClick={onPalette}>
          <Command size={16} aria-hidden />
        </IconButton>
        <IconButton label={t.sessions.fold} onClick={() => onFold(true)}>
          <PanelLeftClose size={16} aria-hidden />
        </IconButton>
      </div>
      <div className="px-3 pb-2">
        <Link
          href="/"
          className="tap flex h-9 items-center justify-center gap-2 rounded-sm border border-control bg-raised font-semibold no-underline transition-colors duration-120 hover:bg-hover"
        >
          <SquarePen size={15} aria-hidden />
          {t.sessions.new}
        </Link>
      </div>
      <SearchField />
      <nav aria-label={t.sessions.heading} className="min-h-0 flex-1 overflow-y-auto px-1.5 pb-2">
        <h2 className="sr-only">{t.sessions.heading}</h2>
        <SessionList />
      </nav>
      <Failure />
      <SidebarFoot />
    </div>
  );
}

function SearchField() {
  const { sessions } = useServices();
  const query = useStore(sessions.store, (state) => state.search.query);
  return (
    <div role="search" className="relative mx-3 mb-2">
      <Search
        size={14}
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted"
        aria-hidden
      />
      <input
        type="search"
        aria-label={t.sessions.search}
        placeholder={t.sessions.search}
        value={query}
        onChange={(event) => sessions.setSearch(event.target.value)}
        onKeyDown={(event) =>
          event.key === 'Escape' && query !== '' && (event.stopPropagation(), sessions.setSearch(''))
        }
        className="tap h-8 w-full rounded-sm border border-control bg-bg pr-8 pl-8 text-sm [&::-webkit-search-cancel-button]:hidden"
      />
      {query !== '' && (
        <IconButton
          size="small"
          label={t.sessions.clearSearch}
          className="absolute top-1/2 right-0.5 -translate-y-1/2"
          onClick={() => sessions.setSearch('')}
        >
          <X size={14} aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

function Failure() {
  const { sessions } = useServices();
  const failure = useStore(sessions.store, (state) => state.failure);
  if (failure === null) return null;
  return (
    <div role="alert" className="mx-3 mb-2 flex items-start gap-2 rounded-sm bg-bad-soft p-2 text-sm">
      <p className="min-w-0 flex-1">
        {t.sessions.actionFailed(failure.action)} {failure.problem.message}
        {failure.problem.requestId !== null && (
          <span className="block text-xs text-muted">{t.app.requestId(failure.problem.requestId)}</span>
        )}
      </p>
      <IconButton size="small" label={t.app.close} onClick={sessions.dismissFailure}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  );
}

function SidebarFoot() {
  const { bootstrap } = useServices();
  const waiting = useWaitingCount();
  return (
    <div className="flex flex-col border-t border-line px-2 py-2 pb-[max(8px,env(safe-area-inset-bottom))]">
      <FootLink href="/approvals" Icon={Hand} name={t.approvals.inboxTitle}>
        {waiting > 0 && (
          <span className="nums ml-auto rounded-full bg-warn px-1.5 text-xs leading-4 font-semibold text-bg">
            {waiting}
          </span>
        )}
      </FootLink>
      <FootLink href="/archived" Icon={Archive} name={t.sessions.groups.archived} />
      <FootLink href="/settings" Icon={Settings} name={t.settings.title}>
        <span className="ml-auto min-w-0 truncate text-sm text-muted">{bootstrap.user.name}</span>
        {bootstrap.demo && <span className="shrink-0 text-xs font-semibold text-warn">{t.demo.badge}</span>}
      </FootLink>
    </div>
  );
}

function FootLink(props: { href: string; Icon: LucideIcon; name: string; children?: ReactNode }) {
  const [path] = useLocation();
  const { href, Icon, name, children } = props;
  return (
    <Link
      href={href}
      aria-current={isCurrent(path, href) ? 'page' : undefined}
      className="tap flex h-8 items-center gap-2.5 rounded-sm px-2 no-underline transition-colors duration-120 hover:bg-hover aria-[current=page]:bg-accent-soft"
    >
      <Icon size={16} className="shrink-0 text-muted" aria-hidden />
      <span className="shrink-0">{name}</span>
      {children}
    </Link>
  );
}

/** The entry of the settings stands for all of their sections. */
function isCurrent(path: string, href: string): boolean {
  if (path === href || path.startsWith(`${href}/`)) return true;
  return href === '/settings' && findSection(path) !== undefined;
}

function useWaitingCount(): number {
  const { sessions } = useServices();
  return useStore(sessions.store, countWaiting);
}

function InboxIcon() {
  const count = useWaitingCount();
  const label = count === 0 ? t.approvals.inboxTitle : `${t.approvals.inboxTitle}: ${count}`;
  return (
    <Link href="/approvals" aria-label={label} title={label} className={`relative ${iconLinkClass}`}>
      <Hand size={16} aria-hidden />
      {count > 0 && (
        <span
          aria-hidden
          className="nums absolute -top-0.5 right-0 rounded-full bg-warn px-1 text-[11px] leading-4 font-semibold text-bg"
        >
          {count}
        </span>
      )}
    </Link>
  );
}

const iconLinkClass =
  'tap flex size-9 items-center justify-center rounded-sm text-muted transition-colors duration-120 hover:bg-hover hover:text-text';

function FoldedSidebar({ onUnfold, onPalette }: { onUnfold: () => void; onPalette: () => void }) {
  return (
    <div className="flex h-full flex-col items-center gap-1 py-3">
      <Link href="/" aria-label={t.app.fullName} className="mb-1 flex size-9 items-center justify-center rounded-sm">
        <Mark />
      </Link>
      <IconButton label={t.sessions.unfold} onClick={onUnfold}>
        <PanelLeftOpen size={16} aria-hidden />
      </IconButton>
      <Link href="/" aria-label={t.sessions.new} title={t.sessions.new} className={iconLinkClass}>
        <SquarePen size={16} aria-hidden />
      </Link>
      <IconButton label={t.palette.open} onClick={onPalette}>
        <Command size={16} aria-hidden />
      </IconButton>
      <div className="mt-auto flex flex-col gap-1">
        <InboxIcon />
        <Link
          href="/archived"
          aria-label={t.sessions.groups.archived}
          title={t.sessions.groups.archived}
          className={iconLinkClass}
        >
          <Archive size={16} aria-hidden />
        </Link>
        <Link href="/settings" aria-label={t.settings.title} title={t.settings.title} className={iconLinkClass}>
          <Settings size={16} aria-hidden />
        </Link>
      </div>
    </div>
  );
}
