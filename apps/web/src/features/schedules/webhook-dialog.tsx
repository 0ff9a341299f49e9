import type {
  DeploymentResource,
  IncomingWebhookParams,
  IncomingWebhookResource,
} from '@claude-sdk-pattern/protocol/v1';
import { useCallback, useState } from 'react';

import { useServices } from '../../services/services.ts';
import { useLoaded } from '../../services/use-loaded.ts';
import { toProblem, type Problem } from '../../session/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Trouble } from '../../ui/trouble.tsx';
import { useUnsaved } from '../../ui/use-unsaved.tsx';
import { WebhookForm } from './webhook-form.tsx';
import { t } from './webhook-messages.ts';
import { WebhookSecret } from './webhook-secret.tsx';

export interface WebhookDialogProps {
  deployment: DeploymentResource;
  onClose: () => void;
  /** The webhook was opened or closed. */
  onChanged: () => void;
}

/** Opens, changes and closes the webhook of a deployment; its secret is shown once. */
export function WebhookDialog({ deployment, onClose, onChanged }: WebhookDialogProps) {
  const { api, announcer } = useServices();
  const { id, name, has_webhook: hasWebhook } = deployment;
  const known = useLoaded(
    useCallback(
      () =>
        (hasWebhook
          ? api.deployments.getWebhook(id)
          : Promise.resolve(null)) as Promise<IncomingWebhookResource | null>,
      [api, id, hasWebhook],
    ),
  );
  const [made, setMade] = useState<IncomingWebhookResource | null>(null);
  const [isClosing, setClosing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const secret = made?.secret;
  const unsaved = useUnsaved(secret !== undefined, t.leave);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    await work().catch((error: unknown) => setProblem(toProblem(error)));
    setBusy(false);
  };
  const open = (params: IncomingWebhookParams) =>
    attempt(async () => {
      setMade(await api.deployments.openWebhook(id, params));
      announcer.say(t.opened(name));
      onChanged();
    });
  const close = () => {
    setClosing(false);
    return attempt(async () => {
      await api.deployments.closeWebhook(id);
      announcer.say(t.closed(name));
      onChanged();
      onClose();
    });
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(next) => !next && unsaved.guard(onClose)}
      title={t.title(name)}
      description={t.help}
    >
      {known.problem !== null && <Trouble text={t.failed} problem={known.problem} onRetry={known.reload} />}
      {made !== null && secret !== undefined ? (
        <WebhookSecret webhook={made} secret={secret} onDone={onClose} />
      ) : (
        (known.value !== null || !hasWebhook) && (
          <WebhookForm
            webhook={known.value}
            busy={busy}
            failure={problem?.message ?? null}
            onSubmit={(params) => void open(params)}
            onCloseWebhook={() => setClosing(true)}
            onCancel={onClose}
          />
        )
      )}
      {isClosing && (
        <ConfirmDialog
          danger
          title={t.closeTitle}
          help={t.closeHelp}
          confirm={t.close}
          onClose={() => setClosing(false)}
          onConfirm={() => void close()}
        />
      )}
      {unsaved.question}
    </Dialog>
  );
}
