import { CspError } from '@claude-sdk-pattern/protocol';

import type { AuditRecorder } from '../audit/audit-log.ts';
import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { NO_CALL_USAGE, type PriceCall } from '../usage/call-usage.ts';
import type { createModelLimits } from '../usage/price-call.ts';
import type { MeteredRequest } from '../usage/metered-request.ts';
import { NO_MAILER, type Mailer } from '../mail/mailer.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { createAdmissionDesk } from './admission-desk.ts';
import { BudgetBook, type Spender } from './budget-book.ts';
import { createBudgetAlerts, type BudgetAlerts } from './budget-alerts.ts';
import { createCallsInFlight } from './calls-in-flight.ts';
import { createCallEstimator, readAskedModel } from './estimate-call.ts';
import { findFall, findFallbackProblem, type BudgetFall } from './find-fallback.ts';
import { measureBudgets } from './measure-budgets.ts';
import { findPeriodEnd, LONGEST_CALL_MS, toCountedSince } from './periods.ts';
import { BudgetReachedError, toReached, type ReachedBudget } from './reached-budget.ts';
import { createReservedAhead } from './reserved-ahead.ts';
import { createSpendCounter, type SpendCounter } from './spend-counter.ts';

export interface BudgetsDeps {
  store: Pick<Store, 'kind' | 'budgets' | 'spendDays' | 'transaction'>;
  audit: Pick<AuditRecorder, 'record'>;
  /** Is told of budgets that are nearly or wholly used up. */
  webhook: Pick<Webhook, 'put' | 'wake'>;
  /** The same by mail; none by default. */
  mailer?: Pick<Mailer, 'put' | 'wake'>;
  clock: Clock & UptimeClock;
  metrics: Pick<Metrics, 'budgetSpentRatio' | 'onScrape'>;
  logger: Logger;
  priceCall: PriceCall;
  /** What the models of the price table take. */
  findLimits: ReturnType<typeof createModelLimits>;
  /** Of the operator: its days and months are periods. */
  timeZone: string;
  nodeId: string;
}

/** A model call that asks whether it may be made. */
export interface BudgetedCall {
  /** Also that of its usage records. */
  id: string;
  spender: Spender;
  body: Buffer;
  signal: AbortSignal;
}

export interface Budgets {
  readonly book: BudgetBook;
  /**
   * Resolves when a call may be made, with what is to be called when it makes no attempts any more, for now or at all. Where nothing limits
   * it, the database is not asked.
   * @throws BudgetReachedError; CspError `invalid_request` for a request without a model
   */
  admit(call: BudgetedCall): Promise<() => void>;
  /** A budget that is used up, so that the next call of somebody would be refused. The database is asked only where some limit it. */
  findReached(spender: Spender): Promise<ReachedBudget | undefined> | undefined;
  /** A budget that asks for a cheaper model now. The database is asked only where some may. */
  findFall(spender: Spender): Promise<BudgetFall | undefined> | undefined;
  /** Why sessions cannot go on with a model; undefined where they can. */
  findFallbackProblem(model: string): string | undefined;
  /** Whether budgets can measure the calls of a model. */
  hasPrice(model: string): boolean;
  /** Somebody may find room where there was none: a budget was changed, or a period has begun. Returns the unsubscriber. */
  onRoom(listener: () => void): () => void;
  /** An attempt of a call has ended, and its record is to be stored. */
  note(request: MeteredRequest): void;
  /** Records are committed. */
  noteStored(requests: readonly MeteredRequest[]): void;
  close(): Promise<void>;
}

const RELEASE_EVERY_MS = 10 * 60_000;
/** Other servers may wait for what this one keeps and does not use. */
const REVIEW_EVERY_MS = 1000;
/** Work goes on so soon after a period has begun. */
const DAY_CHECK_MS = 5000;
const NOTHING = () => undefined;

/** Counts what a killed server has stored, and ends what its calls have reserved. */
export async function openBudgets(deps: BudgetsDeps): Promise<Budgets> {
  const { store, audit, webhook, clock, logger, metrics, priceCall, findLimits, timeZone, nodeId } = deps;
  const book = new BudgetBook({ store, audit, logger, now: () => clock.now() });
  const calls = createCallsInFlight(() => clock.uptimeMs());
  const estimator = createCallEstimator(priceCall);
  const ahead = createReservedAhead(
    () => clock.uptimeMs(),
    (part) => counter.release(part),
  );
  const desk = createAdmissionDesk({
    ...{ store, clock, timeZone, nodeId, ahead },
    release: (part) => counter.release(part),
  });
  const counter: SpendCounter = createSpendCounter({
    ...{ store, timeZone, calls, logger },
    isUrgent: () => desk.hasWaiting,
    onCounted(whose) {
      desk.wake();
      void alerts.check(book.findIdsOf(whose));
    },
  });
  const alerts: BudgetAlerts = createBudgetAlerts({
    ...{ store, webhook, clock, timeZone, logger, mailer: deps.mailer ?? NO_MAILER },
    listBudgets: () => book.all,
  });
  const toStale = () => new Date(clock.now() - LONGEST_CALL_MS).toISOString();
  await counter.countLeft();
  await store.budgets.releaseLeft({ nodeId, before: toStale() });
  await book.start();
  const listeners = new Set<() => void>();
  const tellRoom = () => {
    // What was reserved by the limits of before.
    ahead.giveBack();
    desk.wake();
    void alerts.checkAll();
    for (const listener of listeners) listener();
  };
  book.onChanged(tellRoom);
  const findDay = () => toCountedSince(clock.now(), timeZone).day;
  let day = findDay();
  const calendar = setInterval(() => {
    if (findDay() === day) return;
    day = findDay();
    tellRoom();
  }, DAY_CHECK_MS).unref();
  const reviewer = setInterval(() => {
    const ids = ahead.budgetIds;
    if (ids.length === 0) return;
    store.budgets.readStates(ids, toCountedSince(clock.now(), timeZone)).then(
      (states) => ahead.review(states),
      // Whether there is room is not known: nobody keeps any.
      () => ahead.giveBack(),
    );
  }, REVIEW_EVERY_MS).unref();
  const releaser = setInterval(() => {
    store.budgets
      .releaseLeft({ before: toStale() })
      .catch((error: unknown) => logger.warn({ err: error }, 'what lost servers have reserved could not be released'));
  }, RELEASE_EVERY_MS).unref();

  const assertPriced = async (budgetIds: readonly string[], model: string) => {
    const [id] = budgetIds;
    const budget = id === undefined ? undefined : await store.budgets.find(id);
    if (budget === undefined) return;
    const endsAt = findPeriodEnd(budget.period, clock.now(), timeZone);
    throw new BudgetReachedError(toReached(budget, { endsAt, timeZone, model }));
  };

  // Every server tells what all have spent.
  const offScrape = metrics.onScrape(async () => {
    try {
      const ids = book.all.map(({ id }) => id);
      measureBudgets(
        metrics.budgetSpentRatio,
        await store.budgets.readStates(ids, toCountedSince(clock.now(), timeZone)),
      );
    } catch (error) {
      logger.warn({ err: error }, 'budgets could not be looked up for their metric');
    }
  });

  void alerts.checkAll();

  const findReached = async (ids: readonly string[]) => {
    const nowMs = clock.now();
    const states = await store.budgets.readStates(ids, toCountedSince(nowMs, timeZone));
    const reached = states.find(({ spentMicroUsd, limitMicroUsd }) => spentMicroUsd >= limitMicroUsd);
    return reached && toReached(reached, { endsAt: findPeriodEnd(reached.period, nowMs, timeZone), timeZone });
  };

  return {
    book,
    async admit({ id: callId, spender, body, signal }) {
      const budgetIds = book.findIds(spender);
      if (budgetIds.length === 0) return NOTHING;
      const asked = readAskedModel(body);
      if (asked === undefined) throw new CspError('invalid_request', 'A request to the model names the model');
      const estimateMicroUsd = estimator.estimate(asked);
      if (estimateMicroUsd === undefined) await assertPriced(budgetIds, asked.model);
      // That of a session changes without a word to the book.
      const mayReserveAhead = spender.ownBudgetId === undefined;
      const asking = { callId, budgetIds, estimateMicroUsd: estimateMicroUsd ?? 1, mayReserveAhead };
      calls.begin(callId, await desk.admit(asking, signal));
      return () => {
        for (const part of calls.end(callId)) counter.release(part);
      };
    },
    findReached(spender) {
      const ids = book.findIds(spender);
      return ids.length === 0 ? undefined : findReached(ids);
    },
    findFall(spender) {
      const ids = book.findFallbackIds(spender);
      if (ids.length === 0) return undefined;
      const nowMs = clock.now();
      return store.budgets
        .readStates(ids, toCountedSince(nowMs, timeZone))
        .then((states) =>
          findFall(states, { findLimits, timeZone, findEnd: ({ period }) => findPeriodEnd(period, nowMs, timeZone) }),
        );
    },
    findFallbackProblem: (model) => findFallbackProblem(model, findLimits),
    hasPrice: (model) => priceCall({ ...NO_CALL_USAGE, model, inputTokens: 1 }).microUsd !== null,
    onRoom(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    note({ id, callId, usage, cost }) {
      if (usage.model !== undefined) estimator.note(usage.model, usage.outputTokens);
      if (callId === undefined) return;
      calls.note(callId, id);
      const reserved = calls.find(callId);
      const missing = (cost.microUsd ?? 0) - (reserved?.microUsd ?? 0);
      // A call that cost more than expected leaves less for those that follow.
      if (reserved !== undefined && missing > 0)
        calls.raise(callId, ahead.takeMore({ ...reserved, microUsd: missing }));
    },
    noteStored: (requests) => counter.add(requests.map(({ id }) => id)),
    async close() {
      clearInterval(reviewer);
      clearInterval(releaser);
      ahead.giveBack();
      clearInterval(calendar);
      offScrape();
      book.close();
      await counter.close();
    },
  };
}
