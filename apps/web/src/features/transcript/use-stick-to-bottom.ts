import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Within this many pixels of the end, the reader is at the end. */
const NEAR_PX = 48;
/** What is opened may have to be loaded first. */
const OPENING_MS = 1000;

export interface StickToBottom {
  /** Whether the view follows what is new. */
  stuck: boolean;
  toBottom: () => void;
  /** Follows no longer: the reader goes elsewhere. */
  letGo: () => void;
}

/**
 * Keeps a scroller at its end while the reader is there. Any upward scroll of theirs lets go; coming within 48 px of the
 * end takes hold again. `content` is watched, because rows grow after they were drawn; and a virtual list that learns
 * their heights moves the scroller by itself, also upward, which is nobody's wish to leave.
 *
 * Over 100 lines: the listeners share where the scroller was last, and why.
 */
export function useStickToBottom(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  revision: unknown,
): StickToBottom {
  const [stuck, setStuck] = useState(true);
  const held = useRef(true);
  const lastTop = useRef(0);
  const lastHeight = useRef(0);
  /** Until then, in milliseconds of the page's life, what grows was opened by the reader, who goes on reading there. */
  const openingUntil = useRef(0);

  const hold = useCallback((next: boolean) => {
    held.current = next;
    setStuck(next);
  }, []);
  const follow = useCallback(() => {
    const element = scroller.current;
    if (element === null || !held.current) return;
    if (performance.now() < openingUntil.current) {
      if (element.scrollHeight - element.scrollTop - element.clientHeight > NEAR_PX) hold(false);
      return;
    }
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
    lastHeight.current = element.scrollHeight;
  }, [scroller, hold]);

  useLayoutEffect(follow, [follow, revision]);

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (element === null || inner === null) return undefined;
    const release = () => {
      if (held.current && element.scrollHeight > element.clientHeight) hold(false);
    };
    const onWheel = (event: WheelEvent) => event.deltaY < 0 && release();
    const onKey = (event: KeyboardEvent) => {
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key) && event.target === element) release();
    };
    /** Before the click does anything: what was clicked stays where it is. */
    const onClick = (event: MouseEvent) => {
      const button = event.target instanceof Element ? event.target.closest('[aria-expanded]') : null;
      if (button === null || button.hasAttribute('aria-haspopup')) return;
      openingUntil.current = performance.now() + OPENING_MS;
      if (button.getAttribute('aria-expanded') !== 'true') return;
      const before = button.getBoundingClientRect().top;
      requestAnimationFrame(() => {
        if (button.isConnected) element.scrollTop += button.getBoundingClientRect().top - before;
      });
    };
    let touchY = 0;
    const onTouchStart = (event: TouchEvent) => {
      touchY = event.touches[0]?.clientY ?? 0;
    };
    const onTouchMove = (event: TouchEvent) => (event.touches[0]?.clientY ?? 0) > touchY + 2 && release();
    /** Only the scroll bar is the scroller itself; a press on a row has the row as its target. */
    let dragging = false;
    const onPointerDown = (event: PointerEvent) => {
      dragging = event.target === element;
    };
    const onPointerUp = () => {
      dragging = false;
    };
    const onScroll = () => {
      const top = element.scrollTop;
      const height = element.scrollHeight;
      const laidOutAnew = height !== lastHeight.current && !dragging;
      lastHeight.current = height;
      const distance = height - top - element.clientHeight;
      const movedUp = top < lastTop.current - 1;
      lastTop.current = top;
      if (distance <= NEAR_PX && !movedUp) {
        if (!held.current) hold(true);
      } else if (held.current && movedUp && distance > NEAR_PX) {
        if (laidOutAnew) follow();
        else hold(false);
      }
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(element);
    inner.addEventListener('click', onClick, { capture: true });
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('keydown', onKey);
    element.addEventListener('touchstart', onTouchStart, { passive: true });
    element.addEventListener('touchmove', onTouchMove, { passive: true });
    element.addEventListener('pointerdown', onPointerDown);
    window.addEventListener('pointerup', onPointerUp);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      inner.removeEventListener('click', onClick, { capture: true });
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKey);
      element.removeEventListener('touchstart', onTouchStart);
      element.removeEventListener('touchmove', onTouchMove);
      element.removeEventListener('pointerdown', onPointerDown);
      window.removeEventListener('pointerup', onPointerUp);
      element.removeEventListener('scroll', onScroll);
    };
  }, [scroller, content, follow, hold]);

  const toBottom = useCallback(() => {
    openingUntil.current = 0;
    hold(true);
    follow();
  }, [hold, follow]);
  const letGo = useCallback(() => {
    const element = scroller.current;
    if (element !== null && element.scrollHeight > element.clientHeight) hold(false);
  }, [scroller, hold]);
  return { stuck, toBottom, letGo };
}
