import type { ApprovalCardResource } from '@claude-sdk-pattern/protocol';
import { useCallback, useEffect, useRef, useState } from 'react';

import { useServices } from '../../services/services.ts';

const REFRESH_MS = 10_000;

export interface HandedOver {
  cards: readonly ApprovalCardResource[];
  /** Removes a card whose answer this person has given, or whose end they have seen. */
  drop: (eventId: string) => void;
  /** Keeps a card, whatever becomes of its call, until it is dropped. */
  keep: (eventId: string) => void;
}

/** What was handed to the operators, for a person who may answer it without seeing the session. */
export function useHandedOver(): HandedOver {
  const { api, bootstrap } = useServices();
  const [cards, setCards] = useState<readonly ApprovalCardResource[]>([]);
  const kept = useRef(new Set<string>());
  const known = useRef<readonly ApprovalCardResource[]>([]);
  const isOperator = bootstrap.user.role !== 'user';

  const show = useCallback((next: readonly ApprovalCardResource[]) => {
    known.current = next;
    setCards(next);
  }, []);
  const load = useCallback(async () => {
    const { data } = await api.listApprovals();
    const open = data.filter((approval) => !approval.session_visible);
    const isKnown = (id: string) => known.current.some(({ event_id }) => event_id === id);
    const fresh = await Promise.allSettled(
      open.flatMap(({ event_id }) => (isKnown(event_id) ? [] : [api.getApproval(event_id)])),
    );
    const stays = ({ event_id: id }: ApprovalCardResource) =>
      kept.current.has(id) || open.some(({ event_id }) => event_id === id);
    const found = fresh.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    if (found.length > 0 || !known.current.every(stays)) show([...known.current.filter(stays), ...found]);
  }, [api, show]);

  useEffect(() => {
    if (!isOperator) return undefined;
    // What could not be loaded is loaded with the next round.
    const reload = () => void load().catch(() => {});
    reload();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [isOperator, load]);

  return {
    cards,
    drop: (eventId) => show(known.current.filter(({ event_id }) => event_id !== eventId)),
    keep: (eventId) => void kept.current.add(eventId),
  };
}
