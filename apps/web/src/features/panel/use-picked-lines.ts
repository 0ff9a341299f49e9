import {
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
} from 'react';

import {
  linesOf,
  toKey,
  toOneLine,
  toPlace,
  toRange,
  type LineRange,
  type Place,
  type ShownLines,
} from './line-range.ts';

/** Keys that move between the numbers of lines, of which one is reached by Tab. */
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 };

/** The lines that a comment is about, while they are chosen and while its box is open. */
interface Picked {
  /** Where the choice began. */
  anchor: Place;
  range: LineRange;
  isOpen: boolean;
}

/**
 * Chooses the lines of a comment: a press takes one, a press with Shift or a drag over the numbers takes all from the one before,
 * and so do the arrow keys with Shift on the numbers, where Enter opens the box.
 *
 * @param root holds the numbers, which are buttons with `data-line`.
 */
export function usePickedLines(shown: ShownLines, root: RefObject<HTMLElement | null>) {
  const [picked, setPicked] = useState<Picked | null>(null);
  const [active, setActive] = useState<Place | null>(null);
  const dragged = useRef<Place | null>(null);
  const keys = useMemo(
    () => new Set(picked === null ? [] : linesOf(shown, picked.range).map((line) => toKey(toPlace(line)))),
    [picked, shown],
  );
  const isMarking = picked !== null && !picked.isOpen;
  useEffect(() => {
    const onUp = () => {
      if (dragged.current === null) return;
      dragged.current = null;
      // Where the pointer did not leave the line, the click opens the box.
      setPicked((before) => before && { ...before, isOpen: true });
    };
    window.addEventListener('pointerup', onUp);
    return () => window.removeEventListener('pointerup', onUp);
  }, []);

  const open = (range: LineRange, anchor = range.from) => setPicked({ anchor, range, isOpen: true });
  const extend = (place: Place, isOpen: boolean) => {
    const anchor = picked?.anchor ?? active ?? place;
    setPicked({ anchor, range: toRange(shown, anchor, place), isOpen });
  };
  const find = (place: Place) => root.current?.querySelector<HTMLElement>(`[data-line="${toKey(place)}"]`);

  return {
    /** The range whose box is open. */
    opened: picked?.isOpen === true ? picked.range : null,
    active,
    isPicked: (place: Place) => keys.has(toKey(place)),
    open,
    /** Closes the box; the focus returns to the number of its last line. */
    close(place: Place) {
      setPicked(null);
      find(place)?.focus();
    },
    press(place: Place, { shiftKey, detail }: Pick<MouseEvent, 'shiftKey' | 'detail'>) {
      // Enter on a number is a click without a pointer.
      if (detail === 0 && isMarking) open(picked.range, picked.anchor);
      else if (shiftKey) extend(place, true);
      else open(toOneLine(place));
    },
    /** For the number of each line. */
    numberProps: (place: Place) => ({
      onFocus: () => setActive(place),
      onPointerDown(event: PointerEvent) {
        if (event.button === 0 && !event.shiftKey && event.pointerType !== 'touch') dragged.current = place;
      },
      onPointerEnter() {
        const anchor = dragged.current;
        if (anchor === null || (!isMarking && toKey(anchor) === toKey(place))) return;
        setPicked({ anchor, range: toRange(shown, anchor, place), isOpen: false });
      },
    }),
    onKeyDown(event: KeyboardEvent) {
      const step = STEPS[event.key];
      const { target } = event;
      if (!(target instanceof HTMLElement) || target.dataset['line'] === undefined) return;
      if (event.key === 'Escape' && isMarking) {
        // The panel would close with it.
        event.stopPropagation();
        event.nativeEvent.stopImmediatePropagation();
        setPicked(null);
      }
      if (step === undefined) return;
      event.preventDefault();
      const all = [...(root.current?.querySelectorAll<HTMLElement>('[data-line]') ?? [])];
      const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(target) + step))];
      const place = readPlace(next?.dataset['line']);
      if (next === undefined || place === null) return;
      if (event.shiftKey) extend(place, false);
      else if (isMarking) setPicked(null);
      next.focus();
    },
  };
}

function readPlace(key: string | undefined): Place | null {
  const [side, line] = key?.split(':') ?? [];
  return side === 'old' || side === 'new' ? { side, line: Number(line) } : null;
}
