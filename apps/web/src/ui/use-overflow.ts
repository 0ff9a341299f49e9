import { useEffect, useState, type RefObject } from 'react';

export interface Overflow {
  overflows: boolean;
  /** Whether more is to be seen on that side. */
  before: boolean;
  after: boolean;
}

const NONE: Overflow = { overflows: false, before: false, after: false };

/** Whether an element holds more than it shows from left to right, and on which side. */
export function useOverflow(element: RefObject<HTMLElement | null>): Overflow {
  const [state, setState] = useState(NONE);
  useEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const measure = () => {
      const hidden = box.scrollWidth - box.clientWidth;
      // From right to left it is counted below zero.
      const at = Math.abs(box.scrollLeft);
      const next = { overflows: hidden > 1, before: at > 1, after: hidden - at > 1 };
      setState((now) =>
        now.overflows === next.overflows && now.before === next.before && now.after === next.after ? now : next,
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    box.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', measure);
    };
  }, [element]);
  return state;
}
