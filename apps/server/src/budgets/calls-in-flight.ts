import { LONGEST_CALL_MS } from './periods.ts';

/** Which calls of this server have reserved something, until all that they have used is counted. */
export interface CallsInFlight {
  begin(callId: string): void;
  /** The record of an attempt of the call is to be stored and counted. */
  note(callId: string, requestId: string): void;
  /** The call makes no more attempts. True where nothing of it is to be counted any more: it can be released. */
  end(callId: string): boolean;
  /** Calls that can be released once these records are counted. */
  findSettled(requestIds: Iterable<string>): string[];
  /** These records are counted. Returns the calls that can be released and were not known as settled before. */
  noteCounted(requestIds: Iterable<string>, settled: readonly string[]): string[];
}

interface CallInFlight {
  uncounted: Set<string>;
  hasEnded: boolean;
  sinceMs: number;
}

export function createCallsInFlight(uptimeMs: () => number): CallsInFlight {
  const calls = new Map<string, CallInFlight>();
  const callOf = new Map<string, string>();

  const forget = (callId: string) => {
    for (const id of calls.get(callId)?.uncounted ?? []) callOf.delete(id);
    calls.delete(callId);
  };
  /** Of a call whose record no database took. Its reservation has ended as well. */
  const forgetOld = () => {
    for (const [callId, { sinceMs }] of calls) {
      if (uptimeMs() - sinceMs <= LONGEST_CALL_MS) return;
      forget(callId);
    }
  };
  const groupByCall = (requestIds: Iterable<string>) =>
    Map.groupBy(
      [...requestIds].filter((id) => callOf.has(id)),
      (id) => callOf.get(id) ?? '',
    );

  return {
    begin(callId) {
      forgetOld();
      calls.set(callId, { uncounted: new Set(), hasEnded: false, sinceMs: uptimeMs() });
    },
    note(callId, requestId) {
      const call = calls.get(callId);
      if (call === undefined) return;
      call.uncounted.add(requestId);
      callOf.set(requestId, callId);
    },
    end(callId) {
      const call = calls.get(callId);
      if (call === undefined) return false;
      call.hasEnded = true;
      if (call.uncounted.size > 0) return false;
      forget(callId);
      return true;
    },
    findSettled: (requestIds) =>
      [...groupByCall(requestIds)].flatMap(([callId, ids]) => {
        const call = calls.get(callId);
        return call?.hasEnded === true && call.uncounted.size === ids.length ? [callId] : [];
      }),
    noteCounted(requestIds, settled) {
      const released = new Set(settled);
      return [...groupByCall(requestIds)].flatMap(([callId, ids]) => {
        const call = calls.get(callId);
        for (const id of ids) {
          call?.uncounted.delete(id);
          callOf.delete(id);
        }
        if (call?.hasEnded !== true || call.uncounted.size > 0) return [];
        forget(callId);
        return released.has(callId) ? [] : [callId];
      });
    },
  };
}
