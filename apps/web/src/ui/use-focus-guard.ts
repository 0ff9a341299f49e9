import { useEffect, type RefObject } from 'react';

/** Somebody who types into the page does not press into a frame so soon after. */
const TYPING_MS = 1000;

/**
 * A frame can take the focus by itself, and with it what somebody types into the message box, or the key by which they mean
 * to answer a question. It is taken back while somebody types, while `isQuestionOpen`, and while an approval waits, unless the
 * person went into the frame by pointer or Tab.
 */
export function useFocusGuard(frame: RefObject<HTMLIFrameElement | null>, isQuestionOpen: () => boolean): void {
  useEffect(() => {
    let typedAt = Number.NEGATIVE_INFINITY;
    let tabbedAt = Number.NEGATIVE_INFINITY;
    let before: Element | null = document.activeElement;
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === 'Tab') tabbedAt = performance.now();
      typedAt = key === 'Tab' ? Number.NEGATIVE_INFINITY : performance.now();
    };
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && target !== frame.current) before = target;
    };
    const isWanted = () => {
      if (performance.now() - typedAt <= TYPING_MS) return false;
      if (isQuestionOpen()) return false;
      const isAsked = document.querySelector('[data-approval]') !== null;
      return !isAsked || frame.current?.matches(':hover') === true || performance.now() - tabbedAt <= TYPING_MS;
    };
    const giveBack = () => {
      frame.current?.blur();
      if (!(before instanceof HTMLElement) || !before.isConnected) return;
      before.blur();
      before.focus({ preventScroll: true });
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onBlur = () => {
      if (document.activeElement !== frame.current || isWanted()) return;
      // Given back during the event, the element is active, and the keys go to the frame all the same (Chromium 156).
      clearTimeout(timer);
      timer = setTimeout(giveBack);
    };
    window.addEventListener('keydown', onKey, true);
    window.addEventListener('focusin', onFocus, true);
    window.addEventListener('blur', onBlur);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('keydown', onKey, true);
      window.removeEventListener('focusin', onFocus, true);
      window.removeEventListener('blur', onBlur);
    };
  }, [frame, isQuestionOpen]);
}
