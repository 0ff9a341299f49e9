import { useLayoutEffect, useState, type RefObject } from 'react';

/** How many lines of its content a box of limited height hides at its current width; null until it is rendered. */
export function useHiddenLines(box: RefObject<HTMLElement | null>, limited: boolean): number | null {
  const [hidden, setHidden] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !limited) return undefined;
    const measure = () => {
      const lineHeight = Number.parseFloat(getComputedStyle(element.firstElementChild ?? element).lineHeight);
      setHidden(Math.ceil((element.scrollHeight - element.clientHeight) / lineHeight));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, limited]);
  return hidden;
}
