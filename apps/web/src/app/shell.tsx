import { clsx } from 'clsx';
import { Menu as MenuIcon } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useStore } from 'zustand';

import { HomePage } from '../features/sessions/home-page.tsx';
import { Sidebar } from '../features/sessions/sidebar.tsx';
import { t } from '../messages/index.ts';
import { IconButton } from '../ui/button.tsx';
import { Drawer } from '../ui/drawer.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { OutageBanner } from './outage-banner.tsx';
import { SectionFrame } from './section-frame.tsx';
import { StopBanner } from './stop-banner.tsx';
import { StorageBanner } from './storage-banner.tsx';
import { LiveRegions } from './live-regions.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { loadSessionPage } from './preload-page.ts';
import { usePreferences, useServices } from '../services/services.ts';
import { countWaiting } from '../services/session-level.ts';
import { ShellContext } from '../services/shell-context.ts';
import { useMedia } from './use-media.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useVisibleHeight } from './use-visible-height.ts';
import { useNotifications } from './use-notifications.ts';
import { useTabTitle } from './use-tab-title.ts';

const SessionPage = lazy(() => loadSessionPage().then((module) => ({ default: module.SessionPage })));
const ApprovalsPage = lazy(() =>
  import('../features/approvals/approvals-page.tsx').then((module) => ({ default: module.ApprovalsPage })),
);
const ArchivedPage = lazy(() =>
  import('../features/sessions/archived-page.tsx').then((module) => ({ default: module.ArchivedPage })),
);
const SettingsPage = lazy(() =>
  import('../features/settings/settings-page.tsx').then((module) => ({ default: module.SettingsPage })),
);
const ProcessesPage = lazy(() =>
  import('../features/operate/processes-page.tsx').then((module) => ({ default: module.ProcessesPage })),
);
const OverviewPage = lazy(() =>
  import('../features/console/overview-page.tsx').then((module) => ({ default: module.OverviewPage })),
);
const BudgetsPage = lazy(() =>
  import('../features/console/budgets-page.tsx').then((module) => ({ default: module.BudgetsPage })),
);
const FoldersPage = lazy(() =>
  import('../features/console/folders-page.tsx').then((module) => ({ default: module.FoldersPage })),
);
const UpstreamsPage = lazy(() =>
  import('../features/console/upstreams-page.tsx').then((module) => ({ default: module.UpstreamsPage })),
);
const ServerSettingsPage = lazy(() =>
  import('../features/console/settings-page.tsx').then((module) => ({ default: module.ServerSettingsPage })),
);
const AuditPage = lazy(() =>
  import('../features/operate/audit-page.tsx').then((module) => ({ default: module.AuditPage })),
);
const PeoplePage = lazy(() =>
  import('../features/operate/people-page.tsx').then((module) => ({ default: module.PeoplePage })),
);
const PolicyPage = lazy(() =>
  import('../features/operate/policy-page.tsx').then((module) => ({ default: module.PolicyPage })),
);
const UsagePage = lazy(() =>
  import('../features/usage/usage-page.tsx').then((module) => ({ default: module.UsagePage })),
);
const SchedulesPage = lazy(() =>
  import('../features/schedules/schedules-page.tsx').then((module) => ({ default: module.SchedulesPage })),
);
const PluginsPage = lazy(() =>
  import('../features/plugins/plugins-page.tsx').then((module) => ({ default: module.PluginsPage })),
);
const PluginPage = lazy(() =>
  import('../features/plugins/plugin-page.tsx').then((module) => ({ default: module.PluginPage })),
);
const SecretsPage = lazy(() =>
  import('../features/secrets/secrets-page.tsx').then((module) => ({ default: module.SecretsPage })),
);
const OptionsPage = lazy(() =>
  import('../features/options/options-page.tsx').then((module) => ({ default: module.OptionsPage })),
);
const FinishSignInPage = lazy(() =>
  import('../features/connections/finish-page.tsx').then((module) => ({ default: module.FinishPage })),
);
const Palette = lazy(() => import('../features/palette/palette.tsx').then((module) => ({ default: module.Palette })));
const ShortcutsDialog = lazy(() =>
  import('../features/palette/shortcuts-dialog.tsx').then((module) => ({ default: module.ShortcutsDialog })),
);
/**
 * The frame around every page: the sidebar or drawer, the page, and the dialogs and toasts above it.
 *
 * Over 100 lines: a flat tree of what stands on every page.
 */
export function Shell() {
  const { preferences, sessions } = useServices();
  const waiting = useStore(sessions.store, countWaiting);
  const folded = usePreferences((state) => state.sidebarFolded);
  const wide = useMedia('(min-width: 1200px)');
  const phone = useMedia('(max-width: 699px)');
  const [drawer, setDrawer] = useState(false);
  const [path] = useLocation();
  const layers = useShortcuts();
  useTabTitle();
  useVisibleHeight();
  useNotifications();
  useEffect(() => setDrawer(false), [path]);

  // Between 700 and 1199 px the sidebar is collapsed. If a person opens it, it covers the page.
  const [overlay, setOverlay] = useState(false);
  useEffect(() => setOverlay(false), [path, wide]);
  const isFolded = wide ? folded : true;
  const fold = (next: boolean) => (wide ? preferences.setState({ sidebarFolded: next }) : setOverlay(!next));

  const openDrawer = (
    <IconButton
      label={waiting === 0 ? t.sessions.openSidebar : t.sessions.openSidebarWaiting(waiting)}
      className="relative"
      onClick={() => setDrawer(true)}
    >
      <MenuIcon size={18} aria-hidden />
      {waiting > 0 && <span aria-hidden className="absolute top-1.5 right-1.5 size-2 rounded-full bg-warn" />}
    </IconButton>
  );
  return (
    <ShellContext
      value={{
        phone,
        wide,
        drawerButton: phone ? openDrawer : null,
        sectionBar: null,
        openPalette: () => layers.setPalette(true),
        openShortcuts: () => layers.setShortcuts(true),
      }}
    >
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-sm bg-accent px-3 py-2 font-semibold text-on-accent focus:translate-y-0"
      >
        {t.app.skipToMain}
      </a>
      <div className="flex h-full flex-col">
        <StorageBanner />
        <StopBanner />
        <OutageBanner />
        <div className="flex min-h-0 flex-1">
          {!phone && (
            <aside
              aria-label={t.sessions.heading}
              className={clsx('shrink-0 border-r border-line bg-surface', isFolded ? 'w-14' : 'w-68')}
            >
              <Sidebar folded={isFolded} onFold={fold} onPalette={() => layers.setPalette(true)} />
            </aside>
          )}
          <main id="main" tabIndex={-1} className="relative min-w-0 flex-1 outline-none">
            <ErrorBoundary resetKey={path}>
              <Suspense fallback={null}>
                <SectionFrame>
                  <Switch>
                    <Route path="/">
                      <HomePage />
                    </Route>
                    <Route path="/sign-in">
                      <HomePage />
                    </Route>
                    <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} sessionId={id} />}</Route>
                    <Route path="/sessions/:id/options">{({ id }) => <OptionsPage key={id} sessionId={id} />}</Route>
                    <Route path="/approvals">
                      <ApprovalsPage />
                    </Route>
                    <Route path="/archived">
                      <ArchivedPage />
                    </Route>
                    <Route path="/settings">
                      <SettingsPage />
                    </Route>
                    <Route path="/schedules">
                      <SchedulesPage />
                    </Route>
                    <Route path="/usage">
                      <UsagePage />
                    </Route>
                    <Route path="/mcp-sign-in/:issuer">{({ issuer }) => <FinishSignInPage issuerKey={issuer} />}</Route>
                    <Route path="/operate/overview">
                      <OverviewPage />
                    </Route>
                    <Route path="/operate/budgets">
                      <BudgetsPage />
                    </Route>
                    <Route path="/operate/folders">
                      <FoldersPage />
                    </Route>
                    <Route path="/operate/upstreams">
                      <UpstreamsPage />
                    </Route>
                    <Route path="/operate/settings">
                      <ServerSettingsPage />
                    </Route>
                    <Route path="/operate/people">
                      <PeoplePage />
                    </Route>
                    <Route path="/operate/processes">
                      <ProcessesPage />
                    </Route>
                    <Route path="/operate/policy">
                      <PolicyPage />
                    </Route>
                    <Route path="/operate/audit">
                      <AuditPage />
                    </Route>
                    <Route path="/operate/secrets">
                      <SecretsPage />
                    </Route>
                    <Route path="/operate/plugins">
                      <PluginsPage />
                    </Route>
                    <Route path="/operate/plugins/:name">{({ name }) => <PluginPage key={name} name={name} />}</Route>
                    <Route>
                      <NotFoundPage />
                    </Route>
                  </Switch>
                </SectionFrame>
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <Drawer open={phone ? drawer : overlay} onOpenChange={phone ? setDrawer : setOverlay} title={t.sessions.heading}>
        <Sidebar
          folded={false}
          onFold={() => (phone ? setDrawer(false) : setOverlay(false))}
          onPalette={() => (setDrawer(false), setOverlay(false), layers.setPalette(true))}
        />
      </Drawer>
      <Suspense fallback={null}>
        {layers.palette && (
          <Palette onClose={() => layers.setPalette(false)} onShortcuts={() => layers.setShortcuts(true)} />
        )}
        {layers.shortcuts && <ShortcutsDialog onClose={() => layers.setShortcuts(false)} />}
      </Suspense>
      <LiveRegions />
    </ShellContext>
  );
}
