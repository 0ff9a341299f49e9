import type { Actor } from '../identity/actor.ts';
import type { SignIns } from '../identity/sign-ins.ts';
import { createLimiter, type Limiter } from '../lib/limiter.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { PushSubscription, PushSubscriptionRepository } from '../store/push-subscriptions.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { PushKind, PushSender } from './push-sender.ts';

/** Whom a nudge is for: the session's own people, or operators, to whom a call was handed over. */
export type PushAudience = 'people' | 'operators';

/** Tells the browsers of people who may answer that a session waits for them, and of owners that their schedules fail. */
export interface PushNudges {
  /** Sends in the background. What the same session asks meanwhile is one message. */
  nudge(sessionId: string, audience: PushAudience): void;
  /** Tells a person in the background that a schedule of theirs fails. */
  nudgeOwner(userId: string): void;
  /** Resolves when everything is sent that was asked for. */
  flush(): Promise<void>;
}

export interface PushNudgesDeps {
  subscriptions: Pick<PushSubscriptionRepository, 'listForSession' | 'listOfUser' | 'end'>;
  /** The newest ones of operators and administrators, oldest first. */
  listOfOperators(limit: number): Promise<PushSubscription[]>;
  signIns: Pick<SignIns, 'findActors'>;
  /** Whether the session waits for an answer that this person may give. */
  mayAnswer(actor: Actor, sessionId: string): Promise<boolean>;
  sender: PushSender;
  logger: Pick<Logger, 'warn'>;
}

/** Sessions, and owners of schedules, that wait to be looked at. More are not told: people find them on the pages. */
const MAX_WAITING = 1000;
/** Each takes ten seconds at most, where a push service does not answer. */
const AT_ONCE = 64;
/** So that the push services of a few people, which they choose, cannot hold up those of all others. */
const AT_ONCE_OF_USER = 2;
/** Of operators, the newest. */
const MAX_OF_OPERATORS = 5000;
/** Of one person, the newest. */
const MAX_DEVICES = 20;

export function createPushNudges(deps: PushNudgesDeps): PushNudges {
  const { subscriptions, listOfOperators, signIns, mayAnswer, sender, logger } = deps;
  const waiting: Record<PushAudience, Set<string>> = { people: new Set(), operators: new Set() };
  const waitingOwners = new Set<string>();
  const limiter = createLimiter(AT_ONCE);
  /** Of users to whom something is being sent. */
  const ofUsers = new Map<string, { limiter: Limiter; sending: number }>();
  /** By kind and endpoint. */
  const sending = new Map<string, Promise<void>>();

  /** Those whose sign-in is still good; the others are removed. */
  async function keepCurrent(all: PushSubscription[]): Promise<{ subscription: PushSubscription; actor: Actor }[]> {
    if (all.length === 0) return [];
    const current = await signIns.findActors(all.map(({ signInId }) => signInId));
    const found = [];
    for (const subscription of all) {
      const actor = current.get(subscription.signInId);
      if (actor === undefined) await subscriptions.end(subscription.signInId);
      else found.push({ subscription, actor });
    }
    return found;
  }

  async function tell(sessionId: string, audience: PushAudience): Promise<void> {
    const all =
      audience === 'operators'
        ? await listOfOperators(MAX_OF_OPERATORS)
        : await subscriptions.listForSession(sessionId);
    const people = Map.groupBy(await keepCurrent(all), ({ actor }) => actor.userId);
    for (const devices of people.values()) {
      const newest = devices.at(-1);
      if (newest === undefined || (audience === 'operators' && newest.actor.role === 'user')) continue;
      if (!(await mayAnswer(newest.actor, sessionId))) continue;
      for (const { subscription } of devices.slice(-MAX_DEVICES)) start(subscription, 'approvals');
    }
  }

  async function tellOwner(userId: string): Promise<void> {
    const devices = await keepCurrent(await subscriptions.listOfUser(userId));
    for (const { subscription } of devices.slice(-MAX_DEVICES)) start(subscription, 'schedules');
  }

  async function runForUser<T>(userId: string, task: () => Promise<T>): Promise<T> {
    const ofUser = ofUsers.get(userId) ?? { limiter: createLimiter(AT_ONCE_OF_USER), sending: 0 };
    ofUsers.set(userId, ofUser);
    ofUser.sending += 1;
    try {
      return await ofUser.limiter.run(() => limiter.run(task));
    } finally {
      ofUser.sending -= 1;
      if (ofUser.sending === 0) ofUsers.delete(userId);
    }
  }

  /** Nobody waits for it: a push service that is slow delays only what is sent to the same user. */
  function start(subscription: PushSubscription, kind: PushKind): void {
    const { signInId, endpoint, userId } = subscription;
    const key = `${kind} ${endpoint}`;
    if (sending.has(key)) return;
    const sent = runForUser(userId, () => sender.send(subscription, kind))
      .then(async (outcome) => {
        if (outcome === 'gone') await subscriptions.end(signInId, endpoint);
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'a push subscription could not be removed'))
      .finally(() => sending.delete(key));
    sending.set(key, sent);
  }

  const run = shareNextRun(async () => {
    const told: Promise<void>[] = [];
    for (const audience of ['people', 'operators'] as const) {
      for (const sessionId of waiting[audience]) {
        const telling = tell(sessionId, audience).catch((error: unknown) =>
          logger.warn({ err: error, session_id: sessionId }, 'people could not be told by push messages'),
        );
        told.push(telling);
      }
      waiting[audience].clear();
    }
    for (const userId of waitingOwners) {
      const telling = tellOwner(userId).catch((error: unknown) =>
        logger.warn({ err: error, user_id: userId }, 'the owner of a schedule could not be told by push messages'),
      );
      told.push(telling);
    }
    waitingOwners.clear();
    await Promise.all(told);
  });

  return {
    nudge(sessionId, audience) {
      if (waiting[audience].size >= MAX_WAITING) return;
      waiting[audience].add(sessionId);
      void run();
    },
    nudgeOwner(userId) {
      if (waitingOwners.size >= MAX_WAITING) return;
      waitingOwners.add(userId);
      void run();
    },
    async flush() {
      await run();
      await Promise.all(sending.values());
    },
  };
}
