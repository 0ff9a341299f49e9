import type { ApprovalCardResource, GivenAnswer } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';
import { findGivenAnswer } from '../../session/problem.ts';

/** How a call ended for this person; `wasSent`: they sent an answer too, which came too late. */
export interface HandOverEnd {
  answer: GivenAnswer;
  wasSent: boolean;
}

export interface HandedOverCall {
  card: ApprovalCardResource;
  /** Null while it waits. */
  end: HandOverEnd | null;
}

export interface HandedOver {
  calls: readonly HandedOverCall[];
  /** Removes a call whose answer this person has given, or whose end they have seen. */
  drop: (eventId: string) => void;
  /** The call has ended, and this person has to see how. */
  noteEnd: (eventId: string, end: HandOverEnd) => void;
}

/**
 * What was handed to the operators, for a person who may answer it without seeing the session. A call that ends while they
 * look stays, with its end, until they have seen it.
 */
export function useHandedOver(): HandedOver {
  const { api, sessions } = useServices();
  const approvals = useStore(sessions.store, (state) => state.approvals);
  const [calls, setCalls] = useState<readonly HandedOverCall[]>([]);
  const known = useRef<readonly HandedOverCall[]>([]);

  const show = useCallback((next: readonly HandedOverCall[]) => {
    known.current = next;
    setCalls(next);
  }, []);
  const load = useCallback(async () => {
    const open = toFairShare(approvals.filter((approval) => !approval.session_visible)).map(({ event_id: id }) => id);
    const waiting = known.current.flatMap(({ card, end }) => (end === null ? [card.event_id] : []));
    const changed = [...new Set([...open, ...waiting])].filter((id) => open.includes(id) !== waiting.includes(id));
    if (changed.length === 0) return;
    const looks = await Promise.all(changed.map(async (id) => [id, await lookAt(api.getApproval(id))] as const));
    show(mergeLooks(known.current, new Map(looks)));
  }, [api, approvals, show]);

  // What could not be loaded is loaded when the list changes.
  useEffect(() => void load().catch(() => {}), [load]);

  return {
    calls,
    drop(eventId) {
      show(known.current.filter(({ card }) => card.event_id !== eventId));
      sessions.noteAnswered(eventId);
    },
    noteEnd(eventId, end) {
      show(known.current.map((call) => (call.card.event_id === eventId ? { ...call, end } : call)));
      sessions.noteAnswered(eventId);
    },
  };
}

/** The card, how the call ended, or `gone` where this person is not told. */
type Look = { card: ApprovalCardResource } | { answer: GivenAnswer } | 'gone';

async function lookAt(loading: Promise<ApprovalCardResource>): Promise<Look> {
  try {
    return { card: await loading };
  } catch (error) {
    const answer = findGivenAnswer(error);
    return answer === null ? 'gone' : { answer };
  }
}

/** An end that is shown stays, unless the call is handed over again. */
function mergeLooks(calls: readonly HandedOverCall[], looks: ReadonlyMap<string, Look>): HandedOverCall[] {
  const merged = calls.flatMap((call): HandedOverCall[] => {
    const look = looks.get(call.card.event_id);
    if (look === undefined) return [call];
    if (look === 'gone') return call.end === null ? [] : [call];
    if ('card' in look) return [{ card: look.card, end: null }];
    return [{ ...call, end: call.end ?? { answer: look.answer, wasSent: false } }];
  });
  const shown = new Set(calls.map(({ card }) => card.event_id));
  const fresh = [...looks].flatMap(([id, look]) =>
    look !== 'gone' && 'card' in look && !shown.has(id) ? [look.card] : [],
  );
  return [...merged, ...fresh.map((card) => ({ card, end: null }))];
}

/** More cards than a person looks at; the others follow when these are answered. */
const MAX_CARDS = 50;

/** The oldest call of each person first, then everybody's second: nobody's calls hide those of others. */
function toFairShare<T extends Pick<ApprovalCardResource, 'owner'>>(oldestFirst: readonly T[]): T[] {
  const counts = new Map<string, number>();
  const ranked = oldestFirst.map((approval) => {
    const rank = counts.get(approval.owner.id) ?? 0;
    counts.set(approval.owner.id, rank + 1);
    return { approval, rank };
  });
  const first = new Set(ranked.toSorted((a, b) => a.rank - b.rank).slice(0, MAX_CARDS));
  return ranked.flatMap((each) => (first.has(each) ? [each.approval] : []));
}
