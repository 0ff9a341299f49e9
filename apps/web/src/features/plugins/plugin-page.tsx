import type { PluginResource } from '@claude-sdk-pattern/protocol';
import { ArrowLeft, TriangleAlert } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { Link } from 'wouter';

import { useServices } from '../../services/services.ts';
import { useShell } from '../../services/shell-context.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { listAskedSecrets } from '../secrets/list-secret-uses.ts';
import { ConfigurationForm } from './configuration-form.tsx';
import { findFaults } from './find-faults.ts';
import { GrantList } from './grant-list.tsx';
import { HealthSection } from './health-section.tsx';
import { t } from './messages.ts';
import { PartList } from './part-list.tsx';
import { PluginActions } from './plugin-actions.tsx';
import { isFailing, PluginState } from './plugin-state.tsx';
import { ProblemList } from './problem-list.tsx';
import { SecretList } from './secret-list.tsx';
import { SourceFacts } from './source-facts.tsx';
import { usePluginActions, type PluginWork } from './use-plugin-actions.tsx';
import { h } from './trial-messages.ts';
import { useFindPluginStop } from './use-find-plugin-stop.ts';
import { usePlugin } from './use-plugins.ts';

/** One plugin: its state, what it brings and may do, its configuration and its versions. */
export function PluginPage({ name }: { name: string }) {
  const { drawerButton } = useShell();
  const { value: plugin, problem, reload, put } = usePlugin(name);
  return (
    <div className="h-full overflow-y-auto">
      <header className="flex h-12 items-center gap-2 border-b border-line px-2 max-md:h-14 md:px-4">
        {drawerButton}
        <Link
          href="/operate/plugins"
          aria-label={t.all}
          title={t.all}
          className="tap inline-flex size-9 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
        >
          <ArrowLeft size={16} aria-hidden />
        </Link>
        <h1 className="min-w-0 flex-1 truncate font-semibold">{plugin?.display_name ?? name}</h1>
      </header>
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-6 px-4 py-6">
        {problem !== null && (
          <Trouble
            text={problem.kind === 'gone' ? t.gone : t.failedOne}
            problem={problem.kind === 'gone' ? null : problem}
            onRetry={problem.kind === 'gone' ? undefined : reload}
          />
        )}
        {plugin !== null && <PluginDetail plugin={plugin} onChange={put} />}
        {plugin === null && problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
    </div>
  );
}

function PluginDetail({ plugin, onChange }: { plugin: PluginResource; onChange: (plugin: PluginResource) => void }) {
  const { bootstrap } = useServices();
  const mayChange = bootstrap.user.role === 'admin';
  const work = usePluginActions(plugin, onChange);
  const stop = useFindPluginStop()(plugin.name);
  const { state, version, description, parts, health, pending } = plugin;
  const problems = findFaults(plugin.problems);
  return (
    <>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <PluginState plugin={plugin} stop={stop} />
          <span className="nums text-sm text-muted">{version === null ? t.noVersion : t.version(version)}</span>
          {mayChange && (
            <div className="ml-auto flex flex-wrap items-center gap-2 max-md:ml-0 max-md:w-full">
              <PluginActions plugin={plugin} work={work} />
            </div>
          )}
        </div>
        <p className="text-sm text-muted">
          {t.stateHelp[state]} {!mayChange && t.onlyAdministrators}
        </p>
        {stop !== undefined && (
          <p className="rounded-sm bg-bad-soft px-3 py-2 text-sm wrap-anywhere">
            {t.stopHelp(stop.reason)}{' '}
            <Link href="/operate/overview" className="tap-inline font-semibold underline">
              {t.lift}
            </Link>
          </p>
        )}
        {description !== null && <p className="wrap-anywhere">{description}</p>}
        {health.status === 'failed' && health.reason !== null && (problems.length === 0 || isFailing(plugin)) && (
          <Trouble text={health.reason} problem={null} />
        )}
        {work.busy && (
          <p role="status" className="text-sm text-muted">
            {t.working}
          </p>
        )}
        {work.failure}
      </div>
      {pending !== null && <Pending {...{ plugin, pending, work, mayChange }} />}
      {problems.length > 0 && (
        <Section title={t.problems}>
          <ProblemList problems={problems} />
        </Section>
      )}
      <Section title={t.parts}>
        <PartList parts={parts} />
      </Section>
      {health.parts.length > 0 && (
        <Section title={h.title}>
          <HealthSection plugin={plugin} />
        </Section>
      )}
      {plugin.digest !== null && (
        <Section
          title={t.grants}
          action={
            mayChange && state === 'active' && pending === null ? (
              <Button size="small" onClick={() => work.open('activate')}>
                {t.changeGrants}
              </Button>
            ) : undefined
          }
        >
          <GrantList plugin={plugin} />
        </Section>
      )}
      {plugin.digest !== null && listAskedSecrets(plugin).length > 0 && (
        <Section title={t.secrets}>
          <SecretList key={JSON.stringify(plugin.configuration)} plugin={plugin} />
        </Section>
      )}
      {plugin.configuration_schema !== null && (
        <Section title={t.configuration}>
          {plugin.configuration === null ? (
            <p className="text-muted">{t.configurationForOperators}</p>
          ) : (
            <ConfigurationForm
              key={plugin.digest}
              {...{ plugin, schema: plugin.configuration_schema, configuration: plugin.configuration, onChange }}
            />
          )}
        </Section>
      )}
      <Section title={t.about}>
        <SourceFacts plugin={plugin} />
      </Section>
      {work.dialog}
    </>
  );
}

interface PendingProps {
  plugin: PluginResource;
  pending: NonNullable<PluginResource['pending']>;
  work: PluginWork;
  mayChange: boolean;
}

/** A version that asks for more than was granted. */
function Pending({ pending, work, mayChange }: PendingProps) {
  const { parts, hooks, hosts, secrets, permissions } = pending.difference;
  const added = { hooks, hosts, secrets, permissions };
  // Hooks are in both.
  const named = parts.filter(({ kind, name }) => kind !== 'hook' || !hooks.includes(name));
  return (
    <section aria-label={t.pendingTitle(pending.version)} className="rounded-md border border-line bg-warn-soft p-4">
      <h2 className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
        {t.pendingTitle(pending.version)}
      </h2>
      <p className="mt-1 text-sm">{mayChange ? t.pendingHelp : t.pendingForOthers}</p>
      <ul className="mt-2 flex flex-col gap-1 text-sm">
        {named.map(({ kind, name }) => (
          <li key={`${kind} ${name}`} className="wrap-anywhere">
            {t.kinds[kind]}: <code className="font-mono">{name}</code>
          </li>
        ))}
        {(['hooks', 'hosts', 'secrets', 'permissions'] as const).flatMap((kind) =>
          added[kind].map((value) => (
            <li key={`${kind} ${value}`} className="wrap-anywhere">
              {t.grantKinds[kind]}: <code className="font-mono">{value}</code>
            </li>
          )),
        )}
      </ul>
      {mayChange && (
        <Button look="primary" className="mt-3" onClick={() => work.open('activate')}>
          {t.review}
        </Button>
      )}
    </section>
  );
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="mb-2 flex min-h-7 items-center justify-between gap-2">
        <h2 id={id} className="text-sm font-semibold text-muted">
          {title}
        </h2>
        {action}
      </div>
      <div className="rounded-md border border-line bg-raised px-4 py-3">{children}</div>
    </section>
  );
}
