import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Within this many pixels of the end, the reader is at the end. */
const NEAR_PX = 48;

export interface StickToBottom {
  /** Whether the view follows what is new. */
  stuck: boolean;
  toBottom: () => void;
}

/**
 * Keeps a scroller at its end while the reader is there. Any upward scroll lets go; coming within 48 px of the end takes
 * hold again. `content` is watched, because rows grow after they were drawn.
 */
export function useStickToBottom(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  revision: unknown,
): StickToBottom {
  const [stuck, setStuck] = useState(true);
  const held = useRef(true);
  const lastTop = useRef(0);

  const hold = useCallback((next: boolean) => {
    held.current = next;
    setStuck(next);
  }, []);
  const follow = useCallback(() => {
    const element = scroller.current;
    if (element === null || !held.current) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, [scroller]);

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
    const onScroll = () => {
      const top = element.scrollTop;
      const distance = element.scrollHeight - top - element.clientHeight;
      const movedUp = top < lastTop.current - 1;
      lastTop.current = top;
      if (distance <= NEAR_PX && !movedUp) {
        if (!held.current) hold(true);
      } else if (held.current && movedUp && distance > NEAR_PX) {
        hold(false);
      }
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(element);
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('keydown', onKey);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKey);
      element.removeEventListener('scroll', onScroll);
    };
  }, [scroller, content, follow, hold]);

  const toBottom = useCallback(() => {
    hold(true);
    follow();
  }, [hold, follow]);
  return { stuck, toBottom };
}
