import { useEffect, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { useSearch } from 'wouter';

import { EVENT_PARAMETER } from '../../services/message-link.ts';
import { useMayBranch } from '../../services/use-may-branch.ts';
import type { Row } from '../../session/build-rows.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { Button } from '../../ui/button.tsx';
import { b } from './messages.ts';

export interface LinkedMessageProps {
  rows: readonly Row[];
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  letGo: () => void;
}

/** About a second. */
const MAX_FRAMES = 60;
/** How long the message is marked. */
const SHOWN_MS = 2500;

/**
 * Goes to the message that the page's address names, once: loads earlier messages until it is there. Says where it is if it is not in
 * the conversation.
 */
export function LinkedMessage({ rows, scroller, list, letGo }: LinkedMessageProps) {
  const session = useSessionStore();
  const eventId = new URLSearchParams(useSearch()).get(EVENT_PARAMETER);
  const older = useSession((state) => state.older);
  const isReady = useSession((state) => state.load.state === 'ready');
  const mayBranch = useMayBranch();
  const [done, setDone] = useState<string | null>(null);
  const wanted = eventId === done ? null : eventId;
  const index = wanted === null ? -1 : rows.findIndex((row) => holds(row, wanted));

  useEffect(() => {
    if (wanted === null || !isReady) return undefined;
    if (index === -1) {
      if (older === 'available') void session.loadOlder();
      return undefined;
    }
    letGo();
    const key = rows[index]?.key ?? '';
    let frame = 0;
    let tries = 0;
    const go = () => {
      list.current?.scrollToIndex(index, { align: 'start' });
      const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
      // The list draws its first rows when it knows its own height.
      if (row == null && (tries += 1) < MAX_FRAMES) {
        frame = requestAnimationFrame(go);
        return;
      }
      row?.focus({ preventScroll: true });
      row?.animate(
        { backgroundColor: ['var(--color-accent-soft)', 'transparent'] },
        { duration: SHOWN_MS, easing: 'ease-in' },
      );
      setDone(wanted);
    };
    frame = requestAnimationFrame(go);
    return () => cancelAnimationFrame(frame);
  }, [wanted, isReady, index, older, rows, session, list, scroller, letGo]);

  if (wanted === null || !isReady || index !== -1) return null;
  const isLooking = older === 'available' || older === 'loading';
  return (
    <div
      role="status"
      className="sticky top-0 z-10 mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-sm border border-line bg-raised px-3 py-2 text-sm"
    >
      <span className="min-w-0 flex-1 basis-60">{isLooking ? b.looking : b.elsewhere}</span>
      {!isLooking && mayBranch && (
        <Button size="small" onClick={() => void session.switchTo(wanted)}>
          {b.goThere}
        </Button>
      )}
      {!isLooking && (
        <Button size="small" look="quiet" onClick={() => setDone(wanted)}>
          {b.dismiss}
        </Button>
      )}
    </div>
  );
}

/** Whether the row shows the event. */
function holds(row: Row, eventId: string): boolean {
  switch (row.kind) {
    case 'work':
    case 'notice':
      return row.items.some(({ id }) => id === eventId);
    case 'turn-end':
      return false;
    default:
      return row.item.id === eventId;
  }
}
