import { useEffect, useState, type RefObject } from 'react';

import type { ReviewRow } from './review-rows.ts';

/** The rows of a review that a box renders. `first` is the index of the first of them. */
export interface DrawnRows {
  box: RefObject<HTMLElement | null>;
  first: number;
}

/**
 * How many characters of a folded review are not visible: those of rows that are not rendered, and those that are cut
 * off.
 */
export function useHiddenCharacters(rows: readonly ReviewRow[], parts: readonly DrawnRows[], folded: boolean): number {
  const [hidden, setHidden] = useState(0);
  const [head, tail] = parts;
  useEffect(() => {
    const boxes = [head, tail].flatMap((part) => part?.box.current ?? []);
    if (!folded || boxes.length === 0) return undefined;
    const measure = () => {
      const shares = rows.map(() => 1);
      for (const part of [head, tail]) {
        const box = part?.box.current;
        if (part === undefined || box == null) continue;
        const around = box.getBoundingClientRect();
        box.querySelectorAll('[data-row]').forEach((row, index) => {
          const { top, bottom } = row.getBoundingClientRect();
          const seen = Math.min(bottom, around.bottom) - Math.max(top, around.top);
          shares[part.first + index] = bottom === top ? 1 : 1 - Math.min(1, Math.max(0, seen / (bottom - top)));
        });
      }
      setHidden(Math.round(rows.reduce((sum, { text }, index) => sum + text.length * (shares[index] ?? 1), 0)));
    };
    const observer = new ResizeObserver(measure);
    for (const box of boxes) observer.observe(box);
    return () => observer.disconnect();
  }, [rows, head, tail, folded]);
  return folded ? hidden : 0;
}
