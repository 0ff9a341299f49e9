import { useLayoutEffect, useRef } from 'react';

import { guardStrayPresses } from './use-answer.ts';

/**
 * Keeps the focus on the page when a card is removed. It is rendered in the card, with the card's key. When a card that
 * has the focus goes, the focus moves to the element around the card, to the next card on the page, or to what `last`
 * returns.
 */
export function FocusKeeper({ last }: { last: () => HTMLElement | null }) {
  const mark = useRef<HTMLSpanElement>(null);
  const find = useRef(last);
  useLayoutEffect(() => {
    find.current = last;
  });
  useLayoutEffect(() => {
    // Looked up here because the refs of the elements around the card are set after this effect, and cleared before its
    // cleanup.
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
