import type { Clock } from '../lib/clock.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Store } from '../store/port.ts';
import { decideAdmissions, type Admission, type AskedCall } from './decide-admissions.ts';
import { findPeriodEnd, toCountedSince } from './periods.ts';
import { BudgetReachedError, toReached } from './reached-budget.ts';

export interface AdmissionDeskDeps {
  store: Pick<Store, 'transaction'>;
  clock: Clock;
  timeZone: string;
  nodeId: string;
  /** The call has left before it was told that it may be made. */
  release(callId: string): void;
}

/** Decides which calls may be made, in one transaction for all that ask at the same time. */
export interface AdmissionDesk {
  /** Whether calls wait for others to end. */
  readonly hasWaiting: boolean;
  /**
   * Resolves when the call may be made: what it may cost is reserved until it is released.
   * @throws BudgetReachedError; the reason of the signal when that aborts before
   */
  admit(call: AskedCall, signal: AbortSignal): Promise<void>;
  /** Something was released, or a budget was changed. */
  wake(): void;
}

interface Waiting extends AskedCall {
  settle: PromiseWithResolvers<void>;
  signal: AbortSignal;
}

/** Calls on other servers end without a word. */
const LOOK_EVERY_MS = 250;

export function createAdmissionDesk(deps: AdmissionDeskDeps): AdmissionDesk {
  const { clock, timeZone, nodeId } = deps;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  /** Resolves with the commit, before its flush: after a power cut there is no call that has reserved something. */
  const decide = (calls: readonly Waiting[]) =>
    new Promise<{ admissions: Admission[]; nowMs: number }>((resolve, reject) => {
      let decided: { admissions: Admission[]; nowMs: number } | undefined;
      const ids = [...new Set(calls.flatMap(({ budgetIds }) => budgetIds))];
      deps.store
        .transaction(
          async ({ budgets }) => {
            await budgets.lock(ids);
            const nowMs = clock.now();
            const admissions = decideAdmissions(calls, await budgets.readStates(ids, toCountedSince(nowMs, timeZone)));
            await budgets.reserve(
              calls.flatMap(({ callId, budgetIds, estimateMicroUsd: microUsd }, index) =>
                admissions[index]?.state === 'admitted'
                  ? budgetIds.map((budgetId) => ({ callId, budgetId, microUsd, nodeId }))
                  : [],
              ),
            );
            decided = { admissions, nowMs };
          },
          { onCommitted: () => decided && resolve(decided) },
        )
        .catch(reject);
    });

  const run = shareNextRun(async () => {
    clearTimeout(timer);
    timer = undefined;
    const calls = waiting;
    if (calls.length === 0) return;
    try {
      const { admissions, nowMs } = await decide(calls);
      for (const [index, call] of calls.entries()) settle(call, admissions[index], nowMs);
    } catch (error) {
      for (const call of calls) call.settle.reject(error);
      waiting = waiting.filter((call) => !calls.includes(call));
    }
    if (waiting.length > 0) timer ??= setTimeout(() => void run(), LOOK_EVERY_MS);
  });

  const settle = (call: Waiting, admission: Admission | undefined, nowMs: number) => {
    if (admission === undefined || admission.state === 'waiting') return;
    if (!waiting.includes(call)) {
      if (admission.state === 'admitted') deps.release(call.callId);
      return;
    }
    waiting = waiting.filter((each) => each !== call);
    if (admission.state === 'admitted') return call.settle.resolve();
    const { budget } = admission;
    const endsAt = findPeriodEnd(budget.period, nowMs, timeZone);
    call.settle.reject(new BudgetReachedError(toReached(budget, { endsAt, timeZone })));
  };

  return {
    get hasWaiting() {
      return waiting.length > 0;
    },
    async admit(call, signal) {
      signal.throwIfAborted();
      const entry: Waiting = { ...call, signal, settle: Promise.withResolvers<void>() };
      const leave = () => {
        waiting = waiting.filter((each) => each !== entry);
        entry.settle.reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(entry);
      void run();
      try {
        await entry.settle.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    wake() {
      if (waiting.length > 0) void run();
    },
  };
}
