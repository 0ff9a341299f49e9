import { useEffect, useState, type RefObject } from 'react';

export interface Overflow {
  overflows: boolean;
  /** Whether the element can scroll towards that side. */
  before: boolean;
  after: boolean;
}

const NONE: Overflow = { overflows: false, before: false, after: false };

/** Whether an element's content is wider than the element, and on which sides content is hidden. */
export function useOverflow(element: RefObject<HTMLElement | null>): Overflow {
  const [state, setState] = useState(NONE);
  useEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const measure = () => {
      const hidden = box.scrollWidth - box.clientWidth;
      // In right-to-left text `scrollLeft` is negative.
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
