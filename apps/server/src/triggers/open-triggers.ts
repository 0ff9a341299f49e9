import type { DeploymentRunResource } from '@claude-sdk-pattern/protocol/v1';

import type { Actor } from '../identity/actor.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { PushNudges } from '../push/push-nudges.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SessionDeps } from '../sessions/session-deps.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { assertNotArchived, DeploymentBook, findDeployment, type DeploymentBookDeps } from './deployment-book.ts';
import { toRunResource } from './deployment-content.ts';
import { createDeploymentTokens } from './deployment-repositories.ts';
import { createIncomingWebhooks, type IncomingWebhooks } from './incoming/incoming-webhooks.ts';
import { RunDesk } from './run-desk.ts';
import { createScheduler } from './scheduler.ts';
import { createTriggerNews } from './trigger-news.ts';

/** What starts sessions without a person. `start()` when sessions can be made. */
export interface Triggers {
  book: DeploymentBook;
  webhooks: IncomingWebhooks;
  /** @throws CspError `not_found`, `invalid_request` for an archived one; a run that fails says so in its `error` */
  runNow(actor: Actor, deploymentId: string, requestId: string | undefined): Promise<DeploymentRunResource>;
  start(): void;
  close(): Promise<void>;
}

export interface TriggersDeps extends Pick<
  SessionDeps,
  'audit' | 'plugins' | 'files' | 'budgets' | 'findActiveRoles' | 'findUsers' | 'assertActive'
> {
  store: Store;
  mounting: DeploymentBookDeps['mounting'];
  sessions: Pick<SessionService, 'create' | 'send' | 'get'>;
  webhook: Pick<Webhook, 'put' | 'wake'>;
  push: Pick<PushNudges, 'nudgeOwner'>;
  keyring: Keyring;
  defaultModel: string | undefined;
  retentionDays: number;
  metrics: Metrics;
  clock: Clock & UptimeClock;
  logger: Logger;
}

export function openTriggers(deps: TriggersDeps): Triggers {
  const { store, metrics, clock } = deps;
  const news = createTriggerNews(deps);
  const tokens = createDeploymentTokens({ secrets: store.secrets, keyring: deps.keyring });
  const desk = new RunDesk({ ...deps, news, tokens });
  const scheduler = createScheduler({ ...deps, desk });
  const endScrape = metrics.onScrape(async () => {
    // A database that is away has metrics of its own.
    const due = await store.deployments.findNextDue().catch(() => undefined);
    metrics.triggerOverdue.set(due === undefined ? 0 : Math.max(0, clock.now() - Date.parse(due)) / 1000);
  });
  return {
    book: new DeploymentBook({ ...deps, news, tokens, onScheduled: () => scheduler.wake() }),
    webhooks: createIncomingWebhooks({ ...deps, desk }),
    async runNow(actor, deploymentId, requestId) {
      const deployment = await findDeployment(store, actor, { action: 'deployment.run', id: deploymentId });
      assertNotArchived(deployment);
      return toRunResource(await desk.runNow(actor, deployment, requestId));
    },
    start: () => scheduler.start(),
    async close() {
      endScrape();
      await scheduler.close();
    },
  };
}
