/** Rows that change their width are measured again over several frames; this limit is enough even on a busy machine. */
const MAX_FRAMES = 60;
/** After this many frames without a move the position is stable. */
const STILL_FRAMES = 8;
/** A reader this near to the end follows new rows, see use-stick-to-bottom.ts. */
const NEAR_PX = 48;

/**
 * Remembers the row that a reader looks at. The returned function scrolls that row back to the same height on screen
 * after the layout has changed. A reader at the end stays there without this.
 */
export function keepPlace(): () => void {
  const scroller = document.querySelector<HTMLElement>('[data-transcript]');
  if (scroller === null) return () => {};
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= NEAR_PX;
  const anchor = atEnd ? undefined : findAnchor(scroller);
  if (anchor === undefined) return () => {};
  const topOf = (element: Element) => element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  const wanted = topOf(anchor);
  return () => {
    let frames = 0;
    let still = 0;
    const settle = () => {
      // The virtual list unmounts rows that are far away; this scrolls the row back on screen before that.
      const off = anchor.isConnected ? Math.round(topOf(anchor) - wanted) : 0;
      if (off !== 0) scroller.scrollTop += off;
      still = off === 0 ? still + 1 : 0;
      frames += 1;
      if (still < STILL_FRAMES && frames < MAX_FRAMES) requestAnimationFrame(settle);
    };
    settle();
  };
}

/**
 * The row that has the focus, for instance after a press; else the element at the top of the screen. It returns a small
 * element, because a row may be taller than the screen.
 */
function findAnchor(scroller: HTMLElement): Element | undefined {
  const box = scroller.getBoundingClientRect();
  const focused = document.activeElement;
  if (focused !== null && focused !== scroller && scroller.contains(focused)) {
    const { top, bottom } = focused.getBoundingClientRect();
    if (bottom > box.top && top < box.bottom) return focused;
  }
  for (let y = box.top + 8; y < box.bottom; y += 24) {
    const found = document.elementFromPoint(box.left + box.width / 2, y);
    if (found?.closest('[data-row]') != null && scroller.contains(found)) return found;
  }
  return undefined;
}
