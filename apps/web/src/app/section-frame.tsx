import { ChevronDown } from 'lucide-react';
import { useMemo, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

import { t } from '../messages/index.ts';
import { findSection, listSections, type Section } from '../services/sections.ts';
import { useServices } from '../services/services.ts';
import { ShellContext, useShell } from '../services/shell-context.ts';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { useMedia } from './use-media.ts';

const GROUPS = ['own', 'operate'] as const;

/** Around the pages below Settings: the list of sections beside the page, on a narrow screen a menu above it. */
export function SectionFrame({ children }: { children: ReactNode }) {
  const { bootstrap } = useServices();
  const shell = useShell();
  const [path] = useLocation();
  const [sectionBar, setSectionBar] = useState<HTMLElement | null>(null);
  const isNarrow = useMedia('(max-width: 959px)');
  // The bar above the page has the button.
  const inner = useMemo(
    () => ({ ...shell, drawerButton: null, sectionBar: isNarrow ? sectionBar : null }),
    [shell, isNarrow, sectionBar],
  );
  const current = findSection(path);
  if (current === undefined) return <>{children}</>;
  const sections = listSections(bootstrap);
  return (
    <div className="flex h-full min-w-0 flex-col min-[960px]:flex-row">
      <nav
        aria-label={t.settings.sections}
        className="w-56 shrink-0 overflow-y-auto border-r border-line px-2 py-3 max-[959px]:hidden"
      >
        {GROUPS.map((group) => (
          <SectionGroup key={group} current={current} sections={sections.filter((each) => each.group === group)} />
        ))}
      </nav>
      <div className="flex items-center gap-1 border-b border-line px-2 py-1 min-[960px]:hidden">
        {shell.drawerButton}
        <SectionMenu current={current} sections={sections} />
        <div ref={setSectionBar} className="flex shrink-0 items-center gap-2 pr-2 empty:hidden" />
      </div>
      <div className="min-h-0 min-w-0 flex-1">
        <ShellContext value={inner}>{children}</ShellContext>
      </div>
    </div>
  );
}

function SectionGroup({ sections, current }: { sections: readonly Section[]; current: Section }) {
  const [first] = sections;
  if (first === undefined) return null;
  return (
    <div className="mb-4">
      <h2 className="px-2 pb-1 text-xs font-semibold text-muted">{t.settings.groups[first.group]}</h2>
      <ul>
        {sections.map(({ href, name, Icon }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={href === current.href ? 'page' : undefined}
              className="tap flex h-8 items-center gap-2.5 rounded-sm px-2 no-underline transition-colors duration-120 hover:bg-hover aria-[current=page]:bg-accent-soft"
            >
              <Icon size={16} className="shrink-0 text-muted" aria-hidden />
              <span className="min-w-0 truncate">{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function SectionMenu({ sections, current }: { sections: readonly Section[]; current: Section }) {
  const [, navigate] = useLocation();
  return (
    <Menu
      label={t.settings.sections}
      renderTrigger={(trigger) => (
        <button
          type="button"
          {...trigger}
          className="tap flex h-9 min-w-0 flex-1 items-center gap-2 rounded-sm px-2 text-sm hover:bg-hover"
        >
          <current.Icon size={16} aria-hidden className="shrink-0 text-muted" />
          <span className="min-w-0 truncate">
            <span className="text-muted max-md:hidden">{t.settings.title} · </span>
            <span className="font-semibold">{current.name}</span>
          </span>
          <ChevronDown size={16} aria-hidden className="ml-auto shrink-0 text-muted" />
        </button>
      )}
    >
      {sections.map(({ href, name, Icon }) => (
        <MenuItem key={href} icon={<Icon size={14} aria-hidden />} onSelect={() => navigate(href)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
