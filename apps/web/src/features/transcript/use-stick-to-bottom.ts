import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Within this many pixels of the end, the reader is at the end. */
const NEAR_PX = 48;
/** Content that a reader opens may have to be loaded first; this is how long its growth is expected. */
const OPENING_MS = 1000;

export interface StickToBottom {
  /** Whether the view follows new content. */
  stuck: boolean;
  toBottom: () => void;
  /** Stops following, because the reader navigates elsewhere. */
  letGo: () => void;
}

/**
 * Keeps a scroll container at its end while the reader is there. When the reader scrolls up, following stops; when they
 * come within 48 px of the end, it starts again. `content` is observed because rows grow after they were rendered. The
 * virtual list also scrolls the container, even upwards, when it measures its rows; that does not stop following.
 *
 * Over 100 lines: the listeners share the last scroll position and its cause.
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
  /**
   * Until this time (milliseconds of `performance.now()`), growth comes from content that the reader opened, and the
   * view does not follow it.
   */
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
    /** Runs before the click has an effect, so that the clicked element stays in place. */
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
    /** A press on the scroll bar has the container as its target; a press on a row has the row. */
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
