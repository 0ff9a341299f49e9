import { clsx } from 'clsx';
import { Maximize2, Minimize2, X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react';

import { usePreferences, useServices } from '../../services/services.ts';
import { useMayDrive } from '../../services/session-level.ts';
import { ShellContext, useShell } from '../../services/shell-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { useSession } from '../../session/session-context.ts';
import { BackgroundTab } from '../background/background-tab.tsx';
import { ChangesTab } from './changes-tab.tsx';
import { FileTab } from './file-tab.tsx';
import { p } from './messages.ts';
import { OutputTab } from './output-tab.tsx';
import { ServersTab } from './servers-tab.tsx';
import { useOverflow } from '../../ui/use-overflow.ts';
import { useFiles } from './use-files.ts';
import type { PanelView } from '../../services/panel-route.ts';

const TABS: readonly PanelView['tab'][] = ['changes', 'file', 'output', 'terminal', 'servers', 'background'];

const TerminalTab = lazy(() =>
  import('../terminal/terminal-tab.tsx').then(({ TerminalTab: Tab }) => ({ default: Tab })),
);

export interface PanelProps {
  view: PanelView;
  onView: (view: PanelView) => void;
  onClose: () => void;
}

/** The content of the panel: the changes, a file, or a command's output. */
export function Panel({ view, onView, onClose }: PanelProps) {
  const shell = useShell();
  const { preferences } = useServices();
  const widened = usePreferences((state) => state.panelWidened);
  const files = useFiles();
  const mayDrive = useMayDrive();
  const hasTasks = useSession((state) => state.view.tasks.length > 0);
  const isOffered: Partial<Record<PanelView['tab'], boolean>> = { terminal: mayDrive, background: hasTasks };
  const tabs = useRef<HTMLDivElement>(null);
  const { before, after } = useOverflow(tabs);
  // Not all of them fit beside each other.
  useEffect(() => {
    tabs.current?.querySelector('[data-state=active]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [view.tab]);
  /** What each tab showed last, for the return to the tab. */
  const last = useRef(new Map<PanelView['tab'], PanelView>());
  last.current.set(view.tab, view);
  // Differences are side by side only where the panel is wide enough.
  const inner = useMemo(() => ({ ...shell, wide: shell.wide && widened }), [shell, widened]);
  return (
    <ShellContext value={inner}>
      <Tabs.Root
        value={view.tab}
        onValueChange={(value) => {
          const tab = TABS.find((each) => each === value);
          if (tab !== undefined) onView(last.current.get(tab) ?? { tab });
        }}
        className="flex h-full min-h-0 flex-col"
      >
        <div className="flex h-12 shrink-0 items-center gap-1 border-b border-line pr-1 pl-2">
          <Tabs.List
            aria-label={p.label}
            ref={tabs}
            className={clsx(
              'flex h-full min-w-0 scroll-px-8 overflow-x-auto overflow-y-hidden [scrollbar-width:none]',
              // A word that is cut off looks like its end.
              after && !before && '[mask-image:linear-gradient(to_right,#000_calc(100%-32px),transparent)]',
              before && !after && '[mask-image:linear-gradient(to_left,#000_calc(100%-32px),transparent)]',
              before &&
                after &&
                '[mask-image:linear-gradient(to_right,transparent,#000_32px,#000_calc(100%-32px),transparent)]',
            )}
          >
            {TABS.filter((tab) => tab === view.tab || isOffered[tab] !== false).map((tab) => (
              <Tabs.Trigger
                key={tab}
                value={tab}
                className={clsx(
                  'tap h-full shrink-0 cursor-pointer border-y-2 border-transparent px-1.5 text-muted transition-colors duration-120 outline-offset-[-3px] hover:text-text',
                  'data-[state=active]:border-b-accent data-[state=active]:font-semibold data-[state=active]:text-text',
                )}
              >
                {p.tabs[tab]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="ml-auto flex shrink-0">
            {shell.wide && (
              <IconButton
                label={widened ? p.narrow : p.widen}
                onClick={() => preferences.setState({ panelWidened: !widened })}
              >
                {widened ? <Minimize2 size={15} aria-hidden /> : <Maximize2 size={15} aria-hidden />}
              </IconButton>
            )}
            <IconButton label={p.close} onClick={onClose}>
              <X size={16} aria-hidden />
            </IconButton>
          </span>
        </div>
        <Tabs.Content value={view.tab} tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
          {view.tab === 'changes' && <ChangesTab path={view.path} />}
          {view.tab === 'file' && <FileTab view={view} files={files} onView={onView} />}
          {view.tab === 'servers' && <ServersTab />}
          {view.tab === 'background' && <BackgroundTab />}
          {view.tab === 'terminal' && mayDrive && (
            <Suspense fallback={null}>
              <TerminalTab
                shown={view.terminal}
                onShow={(terminal) => onView({ tab: 'terminal', ...(terminal !== undefined && { terminal }) })}
              />
            </Suspense>
          )}
          {view.tab === 'output' && <OutputTab call={view.call} onView={onView} />}
        </Tabs.Content>
      </Tabs.Root>
    </ShellContext>
  );
}
