import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef } from 'react';

import { useMayDrive } from '../../services/session-level.ts';
import { useServices } from '../../services/services.ts';
import { useSession, useSessionStore } from '../../session/session-context.ts';
import { IconButton } from '../../ui/button.tsx';
import { b } from './messages.ts';

/** ‹ 2/3 › at a message that is one of several that the conversation went on with from here. */
export function BranchSwitch({ messageId, onSwitch }: { messageId: string; onSwitch: () => void }) {
  const session = useSessionStore();
  const { announcer } = useServices();
  const ids = useSession(({ places }) => places.find((place) => place.message_ids.includes(messageId))?.message_ids);
  const isBusy = useSession(({ branching, view }) => branching.state === 'busy' || view.activity === 'running');
  const hasFocus = useSession((state) => state.switchedTo === messageId);
  const mayDrive = useMayDrive();
  const group = useRef<HTMLDivElement>(null);
  const at = (ids?.indexOf(messageId) ?? -1) + 1;
  const count = ids?.length ?? 0;
  useEffect(() => {
    if (!hasFocus || count === 0) return;
    group.current?.querySelector<HTMLElement>('button:not([aria-disabled])')?.focus({ preventScroll: true });
    announcer.say(b.switched(at, count));
    session.noteSwitched();
  }, [hasFocus, announcer, session, at, count]);
  if (ids === undefined || count < 2) return null;
  const step = (by: 1 | -1) => {
    const next = ids[at - 1 + by];
    if (next === undefined || isBusy || !mayDrive) return;
    onSwitch();
    void session.switchTo(next);
  };
  const toButton = (by: 1 | -1) => {
    const isEnd = ids[at - 1 + by] === undefined;
    return (
      <IconButton
        size="small"
        label={by === 1 ? b.next : b.previous}
        aria-disabled={isEnd || isBusy || !mayDrive ? true : undefined}
        className="aria-disabled:cursor-default aria-disabled:opacity-40"
        onClick={() => step(by)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
          event.preventDefault();
          step(event.key === 'ArrowRight' ? 1 : -1);
        }}
      >
        {by === 1 ? <ChevronRight size={15} aria-hidden /> : <ChevronLeft size={15} aria-hidden />}
      </IconButton>
    );
  };
  return (
    <div
      ref={group}
      role="group"
      aria-label={b.branches(at, count)}
      className="nums flex items-center text-sm text-muted"
    >
      {toButton(-1)}
      <span aria-hidden className="min-w-8 text-center">
        {at}/{count}
      </span>
      {toButton(1)}
    </div>
  );
}
