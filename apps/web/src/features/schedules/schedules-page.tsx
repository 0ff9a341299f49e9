import type { DeploymentResource } from '@claude-sdk-pattern/protocol/v1';
import { CalendarPlus } from 'lucide-react';
import { useState } from 'react';

import { SectionHeader } from '../../services/section-header.tsx';
import { useServices } from '../../services/services.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { t } from './messages.ts';
import { ScheduleCard, type ScheduleAction } from './schedule-card.tsx';
import { ScheduleDialog } from './schedule-dialog.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';
import { useDeployments } from './use-deployments.ts';

type Open =
  | { dialog: 'form'; deployment: DeploymentResource | null; prompt: string }
  | { dialog: 'archive' | 'webhook'; deployment: DeploymentResource };

/** The user's deployments: agents that work by themselves. Over 100 lines: the list and its dialogs share them. */
export function SchedulesPage() {
  const { api, announcer } = useServices();
  const deployments = useDeployments();
  const [open, setOpen] = useState<Open | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);

  const attempt = async (work: () => Promise<void>) => {
    setOpen(null);
    setFailure(null);
    await work().catch((error: unknown) => setFailure(toProblem(error)));
  };
  const change = (deployment: DeploymentResource, action: 'pause' | 'unpause' | 'archive') =>
    attempt(async () => {
      deployments.put(await api.deployments.change(deployment.id, action));
      announcer.say(t.done[action](deployment.name));
    });
  const run = (deployment: DeploymentResource) =>
    attempt(async () => {
      const { error } = await api.deployments.run(deployment.id);
      setVersion((before) => before + 1);
      if (error === null) announcer.say(t.done.run(deployment.name));
      else setFailure({ kind: 'other', message: error.message, requestId: null });
      deployments.put(await api.deployments.get(deployment.id));
    });
  const refresh = (id: string) => api.deployments.get(id).then(deployments.put, () => deployments.reload());
  const act = (deployment: DeploymentResource, action: ScheduleAction) => {
    if (action === 'run') void run(deployment);
    else if (action === 'edit') setOpen({ dialog: 'form', deployment, prompt: '' });
    else if (action === 'archive' || action === 'webhook') setOpen({ dialog: action, deployment });
    else void change(deployment, action);
  };
  const add = (prompt = '') => setOpen({ dialog: 'form', deployment: null, prompt });
  return (
    <div className="h-full overflow-y-auto">
      <SectionHeader
        title={t.title}
        actions={
          <Button size="small" onClick={() => add()}>
            <CalendarPlus size={14} aria-hidden />
            {t.add}
          </Button>
        }
      />
      <div className="mx-auto flex w-full max-w-[760px] flex-col gap-4 px-4 py-6">
        <p className="text-sm text-muted">{t.lead}</p>
        {failure !== null && <Trouble text="" problem={failure} />}
        {deployments.problem !== null && (
          <Trouble text={t.failed} problem={deployments.problem} onRetry={deployments.reload} />
        )}
        {deployments.list?.length === 0 && <Empty onExample={add} />}
        {deployments.list !== null && deployments.list.length > 0 && (
          <ul className="flex flex-col gap-3">
            {deployments.list.map((deployment) => (
              <ScheduleCard
                key={deployment.id}
                deployment={deployment}
                version={version}
                onAction={(action) => act(deployment, action)}
              />
            ))}
          </ul>
        )}
        {deployments.hasMore && (
          <Button className="self-center" onClick={deployments.loadMore}>
            {t.more}
          </Button>
        )}
        {deployments.list === null && deployments.problem === null && (
          <p role="status" className="sr-only">
            {t.loading}
          </p>
        )}
      </div>
      {open?.dialog === 'form' && (
        <ScheduleDialog
          deployment={open.deployment}
          prompt={open.prompt}
          onClose={() => setOpen(null)}
          onSaved={(saved) => {
            deployments.put(saved);
            setOpen(null);
            announcer.say(t.done.save(saved.name));
          }}
        />
      )}
      {open?.dialog === 'webhook' && (
        <WebhookDialog
          deployment={open.deployment}
          onClose={() => setOpen(null)}
          onChanged={() => void refresh(open.deployment.id)}
        />
      )}
      {open?.dialog === 'archive' && (
        <ConfirmDialog
          title={t.archiveTitle(open.deployment.name)}
          help={t.archiveHelp}
          confirm={t.archive}
          danger
          onClose={() => setOpen(null)}
          onConfirm={() => void change(open.deployment, 'archive')}
        />
      )}
    </div>
  );
}

function Empty({ onExample }: { onExample: (prompt: string) => void }) {
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line bg-raised px-4 py-4">
      <h2 className="font-semibold">{t.empty}</h2>
      <p className="text-sm text-muted">{t.emptyHelp}</p>
      <ul className="flex flex-col gap-2">
        {t.examples.map((example) => (
          <li key={example}>
            <button
              type="button"
              onClick={() => onExample(example)}
              className="tap w-full rounded-sm border border-control bg-bg px-3 py-2 text-left text-sm hover:bg-hover"
            >
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
