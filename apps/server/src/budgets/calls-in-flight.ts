import type { ReservedPart } from '../store/release-reservations.ts';
import { LONGEST_CALL_MS } from './periods.ts';

/** Which calls of this server have reserved something, until all that they have used is counted. */
export interface CallsInFlight {
  /** Again for a call that has ended before, and goes on. */
  begin(callId: string, reserved: ReservedPart): void;
  /** The record of an attempt of the call is to be stored and counted. */
  note(callId: string, requestId: string): void;
  /** Adds to what the call has reserved. */
  raise(callId: string, microUsd: number): void;
  /** What the call has reserved for its present attempts. */
  find(callId: string): ReservedPart | undefined;
  /** The call makes no attempts now. Answers with what is to be released, where nothing of it is to be counted any more. */
  end(callId: string): readonly ReservedPart[];
  /** What can be released once these records are counted. */
  findSettled(requestIds: Iterable<string>): SettledCall[];
  /** These records are counted. Returns what can be released of calls that were not known as settled before. */
  noteCounted(requestIds: Iterable<string>, settled: readonly SettledCall[]): ReservedPart[];
}

export interface SettledCall extends ReservedPart {
  callId: string;
}

interface CallInFlight {
  /** The newest first. */
  reserved: readonly ReservedPart[];
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
      const before = calls.get(callId);
      // So the oldest stands first.
      calls.delete(callId);
      calls.set(callId, {
        reserved: [reserved, ...(before?.reserved ?? [])],
        uncounted: before?.uncounted ?? new Set(),
        hasEnded: false,
        sinceMs: uptimeMs(),
      });
    },
    note(callId, requestId) {
      const call = calls.get(callId);
      if (call === undefined) return;
      call.uncounted.add(requestId);
      callOf.set(requestId, callId);
    },
    raise(callId, microUsd) {
      const call = calls.get(callId);
      const [newest, ...others] = call?.reserved ?? [];
      if (call === undefined || newest === undefined) return;
      call.reserved = [{ ...newest, microUsd: newest.microUsd + microUsd }, ...others];
    },
    find: (callId) => calls.get(callId)?.reserved[0],
    end(callId) {
      const call = calls.get(callId);
      if (call === undefined) return [];
      call.hasEnded = true;
      if (call.uncounted.size > 0) return [];
      forget(callId);
      return call.reserved;
    },
    findSettled: (requestIds) =>
      [...groupByCall(requestIds)].flatMap(([callId, ids]) => {
        const call = calls.get(callId);
        return call?.hasEnded === true && call.uncounted.size === ids.length
          ? call.reserved.map((part) => ({ ...part, callId }))
          : [];
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
        return released.has(callId) ? [] : call.reserved;
      });
    },
  };
}
