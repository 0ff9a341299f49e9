import type { Config } from './config/load-config.ts';
import type { Identity } from './identity/identity.ts';
import { createOutgoing } from './lib/outgoing.ts';
import type { Foundation } from './open-foundation.ts';
import { createApprovalNews, type ApprovalNews } from './permissions/approval-news.ts';
import { openPush, type PushDeps } from './push/open-push.ts';
import type { PushNudges } from './push/push-nudges.ts';
import type { PushSubscriptions } from './push/push-subscriptions.ts';
import { createWebhook, NO_WEBHOOK, type Webhook } from './webhooks/webhook.ts';

/**
 * How people hear of what waits for them while they have no page open. Sends nothing yet; `opening` closes it.
 */
export async function openNotifications(
  config: Config,
  deps: Pick<Foundation, 'store' | 'secrets' | 'clock' | 'metrics' | 'logger' | 'tracing'> & {
    identity: Identity;
    opening: AsyncDisposableStack;
    mayAnswer: PushDeps['mayAnswer'];
  },
): Promise<{ webhook: Webhook; push: PushSubscriptions; nudges: PushNudges; approvalNews: ApprovalNews }> {
  const { store, secrets, clock, metrics, logger, identity, opening, mayAnswer } = deps;
  const { webhookUrl, webhookSecret, pushOrigins, publicUrl } = config;
  // The operator names the webhook's URL. Those of push services come from browsers.
  const toWebhook = createOutgoing({ allowedOrigins: webhookUrl === undefined ? [] : [new URL(webhookUrl).origin] });
  opening.defer(() => toWebhook.close());
  const toBrowsers = createOutgoing({ allowedOrigins: pushOrigins });
  const webhook =
    webhookUrl === undefined
      ? NO_WEBHOOK
      : createWebhook({
          ...{
            url: webhookUrl,
            secrets: webhookSecret,
            store,
            outgoing: toWebhook,
            clock,
            logger,
            tracing: deps.tracing,
          },
          onDone: (outcome) => metrics.webhookMessages.inc({ outcome }),
        });
  opening.defer(() => webhook.close());
  const { subscriptions: push, nudges } = openPush({
    ...{ secretsKey: secrets.secretsKey, publicUrl, store, identity, outgoing: toBrowsers, mayAnswer, logger },
    onSent: (outcome) => metrics.pushMessages.inc({ outcome }),
  });
  await push.start();
  opening.defer(() => push.close());
  opening.defer(async () => {
    // Ends what is being sent.
    await toBrowsers.close();
    await nudges.flush();
  });
  return { webhook, push, nudges, approvalNews: createApprovalNews({ webhook, push: nudges }) };
}
