import { randomBytes } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { IncomingWebhookParams, IncomingWebhookResource } from '@claude-sdk-pattern/protocol/v1';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { SYSTEM, toFactActor, toKeyDetails } from '../../audit/fact.ts';
import type { Actor } from '../../identity/actor.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import type { Clock, UptimeClock } from '../../lib/clock.ts';
import { seal, unseal } from '../../secrets/envelope.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { Store, StoreTransaction } from '../../store/port.ts';
import type { StoredRun } from '../../store/deployment-runs.ts';
import type { SecretPlace } from '../../store/secrets.ts';
import type { TriggerMetrics } from '../../telemetry/trigger-metrics.ts';
import { findChangeable, findDeployment, putChange } from '../deployment-book.ts';
import {
  isActive,
  toDeployment,
  toTriggerKey,
  type Deployment,
  type DeploymentContent,
} from '../deployment-content.ts';
import type { RunDesk } from '../run-desk.ts';
import { addDelivery } from './fence-delivery.ts';
import { verifyDelivery, type Delivery } from './verify-delivery.ts';

export interface IncomingWebhooksDeps {
  store: Pick<Store, 'deployments' | 'deploymentRuns' | 'secrets' | 'transaction'>;
  desk: Pick<RunDesk, 'claim' | 'perform'>;
  sessions: Pick<SessionService, 'get'>;
  audit: Pick<AuditRecorder, 'record'>;
  keyring: Keyring;
  metrics: Pick<TriggerMetrics, 'triggerDeliveries'>;
  clock: Clock & UptimeClock;
}

/** The webhooks through which others run deployments. Each is closed until its owner opens it. */
export interface IncomingWebhooks {
  /** @throws CspError `not_found` while it is closed */
  get(actor: Actor, deploymentId: string): Promise<IncomingWebhookResource>;
  /** Opens it, or changes it and gives it another secret. The answer alone has the secret. */
  open(actor: Actor, deploymentId: string, params: IncomingWebhookParams): Promise<IncomingWebhookResource>;
  close(actor: Actor, deploymentId: string): Promise<void>;
  /**
   * Runs a deployment for a delivery; one that came before answers with the first run.
   * @param address of the sender
   * @throws CspError `not_found` for whatever is not verified, alike; then `state_conflict` while the deployment is paused,
   * `invalid_request` for a body that is no JSON, `rate_limited`
   */
  deliver(deploymentId: string, delivery: Delivery, address: string): Promise<{ runId: string }>;
}

const MINUTE_MS = 60_000;
/** Of one deployment, on one server. */
const DELIVERIES_A_MINUTE = 60;
/** Of one address and deployment, on one server. */
const REFUSALS_A_MINUTE = 30;
const MAX_ID_CHARS = 128;

/** Over 100 lines: the methods share the limits and the secrets. */
export function createIncomingWebhooks(deps: IncomingWebhooksDeps): IncomingWebhooks {
  const { store, desk, sessions, audit, keyring, metrics, clock } = deps;
  const accepted = createAttemptWindow(MINUTE_MS, () => clock.uptimeMs(), { keepFrom: DELIVERIES_A_MINUTE });
  const refused = createAttemptWindow(MINUTE_MS, () => clock.uptimeMs(), { keepFrom: REFUSALS_A_MINUTE });
  const count = (outcome: string) => metrics.triggerDeliveries.inc({ outcome });

  const change = (
    { actor, deployment, webhook }: { actor: Actor; deployment: Deployment; webhook: DeploymentContent['webhook'] },
    work: (transaction: StoreTransaction) => Promise<unknown>,
  ) =>
    store.transaction(async (transaction) => {
      await putChange(transaction, deployment, { content: { ...deployment.content, webhook } });
      await work(transaction);
      const target = { type: 'deployment', id: deployment.id } as const;
      const details = { verification: webhook?.verification ?? null, ...toKeyDetails(actor) };
      await audit.record({ actor: toFactActor(actor), action: 'deployment.webhook', target, details }, transaction);
    });

  const limit = (window: typeof accepted, key: string, most: number) => {
    const wait = window.waitMs(key, most);
    if (wait === 0) return;
    count('limited');
    const message = `Too many deliveries in a minute. Wait ${Math.ceil(wait / 1000)} s`;
    throw new CspError('rate_limited', message, { details: { limit: most }, retryAfterMs: wait });
  };

  /** The deployment, if the delivery is from who knows its secret. */
  const verify = async (deploymentId: string, delivery: Delivery) => {
    const stored = await store.deployments.find(deploymentId);
    const deployment = stored && toDeployment(stored);
    const webhook = deployment?.content.webhook;
    const sealed = await store.secrets.find(toPlace(deploymentId));
    if (deployment === undefined || webhook == null || sealed === undefined) return undefined;
    const secret = unseal(keyring, toPlace(deploymentId), sealed);
    const { verification } = webhook;
    const verified = verifyDelivery(delivery, { verification, secret, nowMs: clock.now() });
    return verified && { deployment, webhook, ...verified };
  };

  return {
    async get(actor, deploymentId) {
      const deployment = await findDeployment(store, actor, { action: 'deployment.read', id: deploymentId });
      return toWebhookResource(deployment.id, deployment.content.webhook);
    },

    async open(actor, deploymentId, { verification, fields, session_id: sessionId = null }) {
      const deployment = await findChangeable(store, actor, deploymentId);
      if (sessionId !== null) await sessions.get(actor, sessionId);
      const webhook = { verification, fields: fields ?? null, sessionId };
      const secret = toSecret(verification);
      await change({ actor, deployment, webhook }, ({ secrets }) =>
        secrets.put(toPlace(deploymentId), seal(keyring, toPlace(deploymentId), secret), actor.userId),
      );
      return { ...toWebhookResource(deploymentId, webhook), secret };
    },

    async close(actor, deploymentId) {
      const deployment = await findChangeable(store, actor, deploymentId);
      await change({ actor, deployment, webhook: null }, ({ secrets }) => secrets.delete(toPlace(deploymentId)));
    },

    async deliver(deploymentId, delivery, address) {
      const sender = `${address} ${deploymentId.slice(0, MAX_ID_CHARS)}`;
      limit(refused, sender, REFUSALS_A_MINUTE);
      const found = await verify(deploymentId, delivery);
      if (found === undefined) {
        refused.add(sender);
        count('refused');
        throw new CspError('not_found', 'There is no such webhook, or the delivery does not have its secret');
      }
      const { deployment, webhook, deliveryId, uniqueId = randomBytes(16).toString('hex') } = found;
      const key = toTriggerKey.webhook(uniqueId, deliveryId);
      const toAnswer = ({ id }: StoredRun) => ({ runId: id });
      const before = await store.deploymentRuns.findByKey(deploymentId, key);
      if (before !== undefined) {
        count('repeated');
        return toAnswer(before);
      }
      if (!isActive(deployment)) {
        count('closed');
        throw new CspError('state_conflict', 'This deployment is paused and takes no deliveries');
      }
      limit(accepted, deploymentId, DELIVERIES_A_MINUTE);
      accepted.add(deploymentId);
      const initialEvents = toEvents(deployment, delivery.body);
      const filled = { ...deployment, content: { ...deployment.content, initialEvents } };
      const trigger = { type: 'webhook', key, sessionId: webhook.sessionId, by: SYSTEM } as const;
      const run = await desk.claim(store, filled, trigger);
      if (run === undefined) {
        count('repeated');
        return toAnswer((await store.deploymentRuns.findByKey(deploymentId, key)) as StoredRun);
      }
      count('accepted');
      return toAnswer(await desk.perform(run));
    },
  };
}

function toPlace(deploymentId: string): SecretPlace {
  return { scope: 'deployment', ownerId: deploymentId, name: 'webhook' };
}

/** 256 random bits, in the alphabet that each kind of sender takes. */
function toSecret(verification: IncomingWebhookParams['verification']): string {
  const bytes = randomBytes(32);
  return verification === 'standard' ? `whsec_${bytes.toString('base64')}` : bytes.toString('base64url');
}

/** @throws CspError `not_found` while the webhook is closed */
function toWebhookResource(id: string, webhook: DeploymentContent['webhook']): IncomingWebhookResource {
  if (webhook === null) throw new CspError('not_found', `The webhook of ${id} is closed`);
  const { verification, fields, sessionId } = webhook;
  return {
    ...{ type: 'incoming_webhook', deployment_id: id, path: `/hooks/in/${id}` },
    ...{ verification, fields, session_id: sessionId },
  };
}

/** @throws CspError `invalid_request` */
function toEvents({ content }: Deployment, body: Buffer): DeploymentContent['initialEvents'] {
  try {
    const sent: unknown = body.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return addDelivery(content.initialEvents, sent, { fields: content.webhook?.fields ?? null });
  } catch {
    throw new CspError('invalid_request', 'The body of a delivery is JSON in UTF-8, and not nested too deeply');
  }
}
