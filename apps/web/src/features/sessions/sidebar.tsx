import { clsx } from 'clsx';
import {
  Archive,
  Command,
  Cpu,
  Hand,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  SquarePen,
  X,
} from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { useStore } from 'zustand';

import { usePreferences, useServices } from '../../app/services.ts';
import { t } from '../../messages/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { Mark } from '../../ui/mark.tsx';
import { toSessionWord } from './group-sessions.ts';
import { SessionList } from './session-list.tsx';

export interface SidebarProps {
  folded: boolean;
  onFold: (folded: boolean) => void;
  onPalette: () => void;
}

/** Sessions, search, and the ways to everywhere else. */
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
  const { bootstrap, sessions, preferences } = useServices();
  const showArchived = usePreferences((state) => state.showArchived);
  const [path] = useLocation();
  const toggleArchived = () => {
    preferences.setState({ showArchived: !showArchived });
    sessions.setIncludeArchived(!showArchived);
  };
  const label = showArchived ? t.sessions.hideArchived : t.sessions.showArchived;
  return (
    <div className="flex items-center gap-1 border-t border-line px-2 py-2 pb-[max(8px,env(safe-area-inset-bottom))]">
      <Link
        href="/settings"
        aria-current={path === '/settings' ? 'page' : undefined}
        className="tap flex h-9 min-w-0 flex-1 items-center gap-2 rounded-sm px-2 no-underline transition-colors duration-120 hover:bg-hover"
      >
        <Settings size={16} className="shrink-0 text-muted" aria-hidden />
        <span className="min-w-0">
          <span className="block truncate text-sm leading-4">{bootstrap.user.name}</span>
          {bootstrap.demo && <span className="block text-xs font-semibold text-warn">{t.demo.badge}</span>}
        </span>
        <span className="sr-only">{t.settings.title}</span>
      </Link>
      <OperateLink />
      <InboxLink />
      <IconButton
        label={label}
        aria-pressed={showArchived}
        className={clsx(showArchived && 'bg-hover text-text')}
        onClick={toggleArchived}
      >
        <Archive size={16} aria-hidden />
      </IconButton>
    </div>
  );
}

function InboxLink() {
  const { sessions } = useServices();
  const count = useStore(
    sessions.store,
    (state) => [...state.byId.values()].filter((session) => toSessionWord(session) === 'waiting').length,
  );
  const [path] = useLocation();
  const label = count === 0 ? t.approvals.inboxTitle : `${t.approvals.inboxTitle}: ${count}`;
  return (
    <Link
      href="/approvals"
      aria-label={label}
      title={label}
      aria-current={path === '/approvals' ? 'page' : undefined}
      className="tap relative flex size-9 items-center justify-center rounded-sm text-muted transition-colors duration-120 hover:bg-hover hover:text-text"
    >
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

/** Only for those whom the page behind it is open to. */
function OperateLink() {
  const { bootstrap } = useServices();
  const [path] = useLocation();
  if (bootstrap.user.role === 'user') return null;
  return (
    <Link
      href="/operate/processes"
      aria-label={t.operate.processes}
      title={t.operate.processes}
      aria-current={path === '/operate/processes' ? 'page' : undefined}
      className="tap flex size-9 shrink-0 items-center justify-center rounded-sm text-muted transition-colors duration-120 hover:bg-hover hover:text-text"
    >
      <Cpu size={16} aria-hidden />
    </Link>
  );
}

function FoldedSidebar({ onUnfold, onPalette }: { onUnfold: () => void; onPalette: () => void }) {
  const link =
    'flex size-9 items-center justify-center rounded-sm text-muted transition-colors duration-120 hover:bg-hover hover:text-text';
  return (
    <div className="flex h-full flex-col items-center gap-1 py-3">
      <Link href="/" aria-label={t.app.fullName} className="mb-1 flex size-9 items-center justify-center rounded-sm">
        <Mark />
      </Link>
      <IconButton label={t.sessions.unfold} onClick={onUnfold}>
        <PanelLeftOpen size={16} aria-hidden />
      </IconButton>
      <Link href="/" aria-label={t.sessions.new} title={t.sessions.new} className={link}>
        <SquarePen size={16} aria-hidden />
      </Link>
      <IconButton label={t.palette.open} onClick={onPalette}>
        <Command size={16} aria-hidden />
      </IconButton>
      <div className="mt-auto flex flex-col gap-1">
        <OperateLink />
        <InboxLink />
        <Link href="/settings" aria-label={t.settings.title} title={t.settings.title} className={link}>
          <Settings size={16} aria-hidden />
        </Link>
      </div>
    </div>
  );
}
