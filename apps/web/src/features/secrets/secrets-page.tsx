import type { SecretResource } from '@claude-sdk-pattern/protocol';
import { KeyRound, Plus } from 'lucide-react';
import { useEffect, useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';

import type { NamedAgent } from '../../api/secret-api.ts';
import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { Button } from '../../ui/button.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { listMissing } from './list-secret-uses.ts';
import { t } from './messages.ts';
import { MissingList } from './missing-list.tsx';
import { PLATFORM, type SecretOwner } from './owner-select.tsx';
import { SecretRow } from './secret-row.tsx';
import { useSecretWork } from './use-secret-work.tsx';
import { useSecretUses, useSecrets } from './use-secrets.ts';

/** For operators: the secrets of the platform and of agents. */
export function SecretsPage() {
  const platform = useSecrets('platform');
  const agents = useSecrets('agent');
  const uses = useSecretUses();
  const owners = useOwners();
  const known = [...(platform.value ?? []), ...(agents.value ?? [])];
  const work = useSecretWork(known, () => {
    platform.reload();
    agents.reload();
  });
  const usesOf = (name: string) => (uses === null ? null : (uses.get(name) ?? []));
  const missing = platform.value === null || uses === null ? [] : listMissing(uses, platform.value);
  const isLoaded = platform.value !== null && agents.value !== null;
  const isEmpty = isLoaded && known.length === 0 && missing.length === 0;
  const isDenied = platform.problem?.kind === 'denied';
  const add = (look?: 'primary') => (
    <Button
      size={look === undefined ? 'small' : 'normal'}
      look={look ?? 'plain'}
      onClick={() => work.put(null, owners)}
    >
      <Plus size={14} aria-hidden />
      {t.add}
    </Button>
  );
  const rowsOf = (list: readonly SecretResource[], label: string) => (
    <ul aria-label={label} className="rounded-md border border-line bg-raised">
      {list.map((secret) => (
        <SecretRow
          key={`${secret.agent_id} ${secret.name}`}
          {...{ secret, uses: usesOf(secret.name) }}
          onReplace={() => work.replace(secret)}
          onRemove={() => work.remove(secret, usesOf(secret.name) ?? [])}
        />
      ))}
    </ul>
  );
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader title={t.title} actions={isLoaded && !isEmpty && add()} />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-6 px-4 py-6">
        {isDenied ? (
          <div className="flex flex-col items-start gap-3">
            <p className="text-muted">{t.onlyOperators}</p>
            <Link
              href="/settings#secrets"
              className="tap inline-flex items-center text-accent underline underline-offset-3"
            >
              {t.toOwn}
            </Link>
          </div>
        ) : (
          platform.problem !== null && <Trouble text={t.failed} problem={platform.problem} onRetry={platform.reload} />
        )}
        {work.problem !== null && <Trouble text="" problem={work.problem} />}
        {isEmpty && (
          <div className="flex flex-col items-center gap-3 py-12 text-center">
            <KeyRound size={28} aria-hidden className="text-muted" />
            <h2 className="text-xl font-semibold">{t.empty}</h2>
            <p className="max-w-md text-muted">{t.emptyHelp}</p>
            {add('primary')}
          </div>
        )}
        {!isEmpty && platform.value !== null && (
          <>
            <p className="text-sm text-muted">{t.lead}</p>
            {missing.length > 0 && uses !== null && (
              <MissingList names={missing} uses={uses} onSet={(name) => work.put(name, [PLATFORM])} />
            )}
            <Section title={t.platform}>
              {platform.value.length === 0 ? (
                <p className="text-muted">{t.platformNone}</p>
              ) : (
                rowsOf(platform.value, t.platform)
              )}
            </Section>
          </>
        )}
        {agents.problem !== null && platform.problem === null && (
          <Trouble text={t.agentsFailed} problem={agents.problem} onRetry={agents.reload} />
        )}
        {agents.value !== null && agents.value.length > 0 && (
          <Section title={t.agents} help={t.agentsLead}>
            {groupByAgent(agents.value).map(({ id, name, secrets }) => (
              <div key={id} className="flex flex-col gap-1">
                <h3 className="font-semibold wrap-anywhere">{name}</h3>
                {rowsOf(secrets, name)}
              </div>
            ))}
          </Section>
        )}
        {platform.value === null && platform.problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
      {work.dialog}
    </div>
  );
}

/** Who can have a secret: the platform, and the agents as soon as they are known. */
function useOwners(): readonly [SecretOwner, ...SecretOwner[]] {
  const { api } = useServices();
  const [agents, setAgents] = useState<readonly NamedAgent[]>([]);
  useEffect(() => {
    api.secrets.listAgents().then(
      ({ data }) => setAgents(data),
      // The secrets of the platform can be set without them.
      () => {},
    );
  }, [api]);
  const ofAgents = agents.map(({ id, name }): SecretOwner => ({
    ...{ target: { scope: 'agent', agentId: id }, label: t.owners.agent(name) },
  }));
  return [PLATFORM, ...ofAgents];
}

function groupByAgent(list: readonly SecretResource[]) {
  const groups = Map.groupBy(list, ({ agent_id: id }) => id ?? '');
  return [...groups].map(([id, secrets]) => ({ id, secrets, name: secrets[0]?.agent_name ?? id }));
}

function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <div>
        <h2 id={id} className="text-sm font-semibold text-muted">
          {title}
        </h2>
        {help !== undefined && <p className="text-sm text-muted">{help}</p>}
      </div>
      {children}
    </section>
  );
}
