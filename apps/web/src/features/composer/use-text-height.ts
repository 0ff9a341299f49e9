import { useLayoutEffect, type RefObject } from 'react';

const MAX_HEIGHT_PX = 260;
const MEASURED_CHARS = 20_000;

/** Makes the box as tall as its text, up to about ten lines. */
export function useTextHeight(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    // Measuring a long text would delay a key press, and such a text is taller than the box in any case.
    if (text.length > MEASURED_CHARS) {
      element.style.height = `${MAX_HEIGHT_PX}px`;
      return;
    }
    element.style.height = '0px';
    element.style.height = `${Math.min(element.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [area, text]);
}
