import type { ApprovalCardResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';

import { useServices } from '../../services/services.ts';

export interface HandedOver {
  cards: readonly ApprovalCardResource[];
  /** Removes a card whose answer this person has given, or whose end they have seen. */
  drop: (eventId: string) => void;
  /** Keeps a card, whatever becomes of its call, until it is dropped. */
  keep: (eventId: string) => void;
}

/** What was handed to the operators, for a person who may answer it without seeing the session. */
export function useHandedOver(): HandedOver {
  const { api, sessions } = useServices();
  const approvals = useStore(sessions.store, (state) => state.approvals);
  const [cards, setCards] = useState<readonly ApprovalCardResource[]>([]);
  const kept = useRef(new Set<string>());
  const known = useRef<readonly ApprovalCardResource[]>([]);

  const show = useCallback((next: readonly ApprovalCardResource[]) => {
    known.current = next;
    setCards(next);
  }, []);
  const load = useCallback(async () => {
    const open = toFairShare(approvals.filter((approval) => !approval.session_visible));
    const isKnown = (id: string) => known.current.some(({ event_id }) => event_id === id);
    const fresh = await Promise.allSettled(
      open.flatMap(({ event_id }) => (isKnown(event_id) ? [] : [api.getApproval(event_id)])),
    );
    const stays = ({ event_id: id }: ApprovalCardResource) =>
      kept.current.has(id) || open.some(({ event_id }) => event_id === id);
    const found = fresh.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (found.length > 0 || !known.current.every(stays)) show([...known.current.filter(stays), ...found]);
  }, [api, approvals, show]);

  // What could not be loaded is loaded when the list changes.
  useEffect(() => void load().catch(() => {}), [load]);

  return {
    cards,
    drop: (eventId) => show(known.current.filter(({ event_id }) => event_id !== eventId)),
    keep: (eventId) => void kept.current.add(eventId),
  };
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
