import { useLayoutEffect, useRef } from 'react';

import { guardStrayPresses } from './use-answer.ts';

/**
 * Stands in a card with the card's key. When the card goes and had the focus, what is around it gets it, or the next card
 * on the page, or what `last` finds: nobody is left in the void.
 */
export function FocusKeeper({ last }: { last: () => HTMLElement | null }) {
  const mark = useRef<HTMLSpanElement>(null);
  const find = useRef(last);
  useLayoutEffect(() => {
    find.current = last;
  });
  useLayoutEffect(() => {
    // Found from here: the refs of what is around are set after this effect, and emptied before its end.
    const around = mark.current?.closest<HTMLElement>('[data-approval]');
    return () => {
      if (around?.contains(document.activeElement) !== true) return;
      const cards = [...document.querySelectorAll<HTMLElement>('[data-approval]')];
      const following = cards[cards.indexOf(around) + 1];
      requestAnimationFrame(() => {
        const target = around.isConnected ? around : following?.isConnected === true ? following : find.current();
        if (target === null) return;
        guardStrayPresses();
        target.focus({ preventScroll: around.isConnected });
      });
    };
  }, []);
  return <span ref={mark} hidden />;
}
