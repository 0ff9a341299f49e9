import type { Clock } from '../lib/clock.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Store } from '../store/port.ts';
import type { ReservedPart } from '../store/release-reservations.ts';
import { decideAdmissions, type Admission, type AskedCall } from './decide-admissions.ts';
import { findPeriodEnd, toCountedSince } from './periods.ts';
import { BudgetReachedError, toReached } from './reached-budget.ts';
import type { ReservedAhead } from './reserved-ahead.ts';
import { reserveForAll, type Reserved } from './reserve-for-all.ts';

export interface AdmissionDeskDeps {
  store: Pick<Store, 'transaction'>;
  clock: Clock;
  timeZone: string;
  nodeId: string;
  ahead: ReservedAhead;
  /** The call has left before it was told that it may be made. */
  release(part: ReservedPart): void;
}

/**
 * Decides which calls may be made: of what this server has reserved ahead, or else in one transaction for all that ask
 * at the same time.
 */
export interface AdmissionDesk {
  /** Whether calls wait for others to end. */
  readonly hasWaiting: boolean;
  /**
   * Resolves when the call may be made, with what is reserved for it until that is released.
   * @throws BudgetReachedError; the reason of the signal when that aborts before
   */
  admit(call: AskedCall, signal: AbortSignal): Promise<ReservedPart>;
  /** Something was released, or a budget was changed. */
  wake(): void;
}

interface Waiting extends AskedCall {
  settle: PromiseWithResolvers<ReservedPart>;
  signal: AbortSignal;
}

interface Decided {
  admissions: Admission[];
  reserved: Reserved[];
  nowMs: number;
}

/** Calls on other servers end without a word. */
const LOOK_EVERY_MS = 250;

export function createAdmissionDesk(deps: AdmissionDeskDeps): AdmissionDesk {
  const { clock, timeZone, nodeId, ahead } = deps;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  /** Resolves with the commit, before its flush: after a power cut there is no call that has reserved something. */
  const decide = (calls: readonly Waiting[]) =>
    new Promise<Decided>((resolve, reject) => {
      let decided: Decided | undefined;
      const ids = [...new Set(calls.flatMap(({ budgetIds }) => budgetIds))];
      deps.store
        .transaction(
          async ({ budgets }) => {
            await budgets.lock(ids);
            const nowMs = clock.now();
            const states = await budgets.readStates(ids, toCountedSince(nowMs, timeZone));
            const admissions = decideAdmissions(calls, states);
            const admitted = calls.filter((_call, index) => admissions[index]?.state === 'admitted');
            const reserved = reserveForAll(admitted, states, ahead.sumOf);
            await budgets.reserve(
              reserved.flatMap(({ reservationId, budgetIds, microUsd }) =>
                budgetIds.map((budgetId) => ({ reservationId, budgetId, microUsd, nodeId })),
              ),
            );
            decided = { admissions, reserved, nowMs };
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
      const { admissions, reserved, nowMs } = await decide(calls);
      for (const { aheadMicroUsd: microUsd, ...of } of reserved) if (microUsd > 0) ahead.keep({ ...of, microUsd });
      const parts = new Map(reserved.flatMap((each) => each.parts));
      for (const [index, call] of calls.entries())
        settle(call, admissions[index], { part: parts.get(call.callId), nowMs });
      // What waits for room may have what this server keeps.
      if (waiting.length > 0) ahead.giveBack(waiting.flatMap(({ budgetIds }) => budgetIds));
    } catch (error) {
      for (const call of calls) call.settle.reject(error);
      waiting = waiting.filter((call) => !calls.includes(call));
    }
    if (waiting.length > 0) timer ??= setTimeout(() => void run(), LOOK_EVERY_MS);
  });

  const settle = (
    call: Waiting,
    admission: Admission | undefined,
    { part, nowMs }: { part: ReservedPart | undefined; nowMs: number },
  ) => {
    if (admission === undefined || admission.state === 'waiting') return;
    if (!waiting.includes(call)) {
      if (part !== undefined) deps.release(part);
      return;
    }
    waiting = waiting.filter((each) => each !== call);
    if (admission.state === 'admitted') {
      // A budget that was deleted meanwhile limits nothing.
      return call.settle.resolve(part ?? { reservationId: call.callId, microUsd: 0 });
    }
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
      // Those that wait come first.
      const part = waiting.length === 0 ? ahead.take(call) : undefined;
      if (part !== undefined) return part;
      const entry: Waiting = { ...call, signal, settle: Promise.withResolvers<ReservedPart>() };
      const leave = () => {
        waiting = waiting.filter((each) => each !== entry);
        entry.settle.reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(entry);
      void run();
      try {
        return await entry.settle.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    wake() {
      if (waiting.length > 0) void run();
    },
  };
}
