import type { Identity } from '../identity/identity.ts';
import type { Outgoing } from '../lib/outgoing.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { listOperatorSubscriptions } from './operator-subscriptions.ts';
import { createPushNudges, type PushNudges, type PushNudgesDeps } from './push-nudges.ts';
import { createPushSender } from './push-sender.ts';
import { createPushSubscriptions, type PushSubscriptions } from './push-subscriptions.ts';
import { deriveVapidKeys } from './vapid-keys.ts';

export interface PushDeps {
  secretsKey: string;
  /** Where people reach the server, if that is configured. */
  publicUrl: string | undefined;
  store: Pick<Store, 'pushSubscriptions' | 'database'>;
  identity: Pick<Identity, 'onChanged' | 'signIns'>;
  outgoing: Outgoing;
  mayAnswer: PushNudgesDeps['mayAnswer'];
  logger: Pick<Logger, 'warn'>;
  onSent(outcome: 'sent' | 'gone' | 'failed'): void;
}

/** Push services want to know whom they may turn to. One that cannot be reached has no public URL. */
const NO_SUBJECT = 'https://claude-sdk-pattern.invalid';

/** The parts of Web Push, with the keys of this deployment. */
export function openPush(deps: PushDeps): { subscriptions: PushSubscriptions; nudges: PushNudges } {
  const { secretsKey, publicUrl, store, identity, outgoing, mayAnswer, logger, onSent } = deps;
  const keys = deriveVapidKeys(secretsKey);
  const sender = createPushSender({
    ...{ keys, outgoing },
    subject: publicUrl?.startsWith('https:') === true ? publicUrl : NO_SUBJECT,
    onFailed: (reason) => logger.warn(reason, 'a push service did not take a message'),
  });
  const nudges = createPushNudges({
    ...{ subscriptions: store.pushSubscriptions, signIns: identity.signIns, mayAnswer, logger },
    listOfOperators: (limit) => listOperatorSubscriptions(store.database, limit),
    sender: {
      async send(subscription, kind) {
        const outcome = await sender.send(subscription, kind);
        onSent(outcome);
        return outcome;
      },
    },
  });
  const subscriptions = createPushSubscriptions({ publicKey: keys.publicKey, store, identity, outgoing, logger });
  return { subscriptions, nudges };
}
