import { useEffect, useId, useRef, type ReactNode } from 'react';

import type { Theme } from '../../services/preferences.ts';
import { usePreferences, useServices } from '../../services/services.ts';
import { SectionHeader } from '../../services/section-header.tsx';
import { useShell } from '../../services/shell-context.ts';
import { t } from '../../messages/index.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/segments.tsx';
import { ConnectedServers } from '../connections/connected-servers.tsx';
import { t as connections } from '../connections/messages.ts';
import { t as secrets } from '../secrets/messages.ts';
import { ModelKeys } from '../secrets/model-keys.tsx';
import { t as disk } from '../disk/messages.ts';
import { OwnDiskUse } from '../disk/own-disk-use.tsx';
import { OwnSecrets } from '../secrets/own-secrets.tsx';
import { DemoNote } from '../sessions/demo-note.tsx';
import { UnconfinedNote } from '../sessions/unconfined-note.tsx';
import { t as trust } from '../trust/messages.ts';
import { TrustedRepositories } from '../trust/trusted-repositories.tsx';
import { Account } from './account.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Notifications } from './notifications.tsx';
import { t as passkeys } from './passkey-messages.ts';
import { Passkeys } from './passkeys.tsx';
import { SignIns } from './sign-ins.tsx';
import { Toggle } from './toggle.tsx';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** The settings: account, appearance, notifications and keyboard. */
export function SettingsPage() {
  const { bootstrap, preferences } = useServices();
  const { openShortcuts } = useShell();
  const state = usePreferences((current) => current);
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.settings.title} />
      <div className="mx-auto flex w-full max-w-[680px] flex-col gap-8 px-4 py-6">
        {bootstrap.demo && (
          <div className="-mb-4">
            <DemoNote />
          </div>
        )}
        {bootstrap.unconfined !== null && (
          <div className="-mb-4">
            <UnconfinedNote reason={bootstrap.unconfined} />
          </div>
        )}
        <Section title={t.settings.account}>
          <Account />
        </Section>
        <Section title={passkeys.title}>
          <Passkeys />
        </Section>
        <Section title={t.settings.appearance}>
          <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
            <span aria-hidden>{t.settings.theme}</span>
            <Segments
              label={t.settings.theme}
              value={state.theme}
              options={THEMES.map((theme) => [theme, t.settings.themes[theme]] as const)}
              onChange={(theme) => preferences.setState({ theme })}
            />
          </div>
        </Section>
        <Section title={t.settings.keys}>
          <ApiKeys />
        </Section>
        {bootstrap.model_keys.length > 0 && (
          <Section id="model-keys" title={secrets.modelKeys.title}>
            <ModelKeys />
          </Section>
        )}
        <Section id="secrets" title={secrets.own}>
          <OwnSecrets />
        </Section>
        <Section id="connections" title={connections.title}>
          <ConnectedServers />
        </Section>
        <Section id="trust" title={trust.settings}>
          <TrustedRepositories />
        </Section>
        <Section id="disk" title={disk.title}>
          <OwnDiskUse />
        </Section>
        <Section title={t.settings.devices}>
          <SignIns />
        </Section>
        <Section title={t.settings.notifications}>
          <Notifications />
        </Section>
        <Section title={t.settings.keyboard}>
          <Toggle
            label={t.settings.singleKeys}
            help={t.settings.singleKeysHelp}
            checked={state.singleKeys}
            onChange={(singleKeys) => preferences.setState({ singleKeys })}
          />
          <div className="border-t border-line px-4 py-3">
            <Button onClick={openShortcuts}>{t.palette.shortcuts}</Button>
          </div>
        </Section>
        <p className="text-sm text-muted">
          {t.app.fullName} · {t.settings.version(bootstrap.version)} · {t.app.powered}
        </p>
      </div>
    </div>
  );
}

function Section({ id: anchor, title, children }: { id?: string; title: string; children: ReactNode }) {
  const id = useId();
  const section = useRef<HTMLElement>(null);
  // The page loads after the address, so the browser does not find the anchor by itself.
  useEffect(() => {
    if (anchor !== undefined && location.hash === `#${anchor}`) section.current?.scrollIntoView();
  }, [anchor]);
  return (
    <section ref={section} id={anchor} aria-labelledby={id}>
      <h2 id={id} className="mb-2 text-sm font-semibold text-muted">
        {title}
      </h2>
      <div className="rounded-md border border-line bg-raised">{children}</div>
    </section>
  );
}
