import type { ReservedPart } from '../store/release-reservations.ts';
import { LONGEST_CALL_MS } from './periods.ts';

/** Which calls of this server have reserved something, until all that they have used is counted. */
export interface CallsInFlight {
  begin(callId: string, reserved: ReservedPart): void;
  /** The record of an attempt of the call is to be stored and counted. */
  note(callId: string, requestId: string): void;
  /** Adds to what the call has reserved. */
  raise(callId: string, microUsd: number): void;
  /** What the call has reserved now. */
  find(callId: string): ReservedPart | undefined;
  /** The call makes no more attempts. Answers with what is to be released, where nothing of it is to be counted any more. */
  end(callId: string): ReservedPart | undefined;
  /** What can be released once these records are counted. */
  findSettled(requestIds: Iterable<string>): SettledCall[];
  /** These records are counted. Returns what can be released of calls that were not known as settled before. */
  noteCounted(requestIds: Iterable<string>, settled: readonly SettledCall[]): ReservedPart[];
}

export interface SettledCall extends ReservedPart {
  callId: string;
}

interface CallInFlight {
  reserved: ReservedPart;
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
    begin(callId, reserved) {
      forgetOld();
      calls.set(callId, { reserved, uncounted: new Set(), hasEnded: false, sinceMs: uptimeMs() });
    },
    note(callId, requestId) {
      const call = calls.get(callId);
      if (call === undefined) return;
      call.uncounted.add(requestId);
      callOf.set(requestId, callId);
    },
    raise(callId, microUsd) {
      const call = calls.get(callId);
      if (call !== undefined) call.reserved = { ...call.reserved, microUsd: call.reserved.microUsd + microUsd };
    },
    find: (callId) => calls.get(callId)?.reserved,
    end(callId) {
      const call = calls.get(callId);
      if (call === undefined) return undefined;
      call.hasEnded = true;
      if (call.uncounted.size > 0) return undefined;
      forget(callId);
      return call.reserved;
    },
    findSettled: (requestIds) =>
      [...groupByCall(requestIds)].flatMap(([callId, ids]) => {
        const call = calls.get(callId);
        return call?.hasEnded === true && call.uncounted.size === ids.length ? [{ ...call.reserved, callId }] : [];
      }),
    noteCounted(requestIds, settled) {
      const released = new Set(settled.map(({ callId }) => callId));
      return [...groupByCall(requestIds)].flatMap(([callId, ids]) => {
        const call = calls.get(callId);
        for (const id of ids) {
          call?.uncounted.delete(id);
          callOf.delete(id);
        }
        if (call?.hasEnded !== true || call.uncounted.size > 0) return [];
        forget(callId);
        return released.has(callId) ? [] : [call.reserved];
      });
    },
  };
}
