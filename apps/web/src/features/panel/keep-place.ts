/** Rows that change their width are measured over some frames; a machine that is busy needs no more for it than this. */
const MAX_FRAMES = 60;
/** As many without a move, and the place is found. */
const STILL_FRAMES = 8;
/** Who is this near to the end follows it, see use-stick-to-bottom.ts. */
const NEAR_PX = 48;

/**
 * Remembers what a reader looks at in the conversation; the returned function puts it back to the same height on screen
 * after the conversation was laid out anew. Who is at the end stays there by itself.
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
      // The list takes rows down that are far away; this one is put back on screen before it can.
      const off = anchor.isConnected ? Math.round(topOf(anchor) - wanted) : 0;
      if (off !== 0) scroller.scrollTop += off;
      still = off === 0 ? still + 1 : 0;
      frames += 1;
      if (still < STILL_FRAMES && frames < MAX_FRAMES) requestAnimationFrame(settle);
    };
    settle();
  };
}

/** What has the focus, as after a press on it; otherwise what stands at the top. Small, since a row may fill many screens. */
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
