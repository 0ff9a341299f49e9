/** Rows that change their width are measured over some frames; a machine that is busy needs no more for it than this. */
const MAX_FRAMES = 30;
/** As many without a move, and the place is found. */
const STILL_FRAMES = 4;

/**
 * Remembers what a reader looks at in the conversation; the returned function puts it back to the same height on screen
 * after the conversation was laid out anew. Who is at the end stays there by itself.
 */
export function keepPlace(): () => void {
  const scroller = document.querySelector<HTMLElement>('[data-transcript]');
  if (scroller === null) return () => {};
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= 48;
  const row = atEnd ? undefined : findAnchor(scroller);
  const key = row?.dataset['row'];
  if (row === undefined || key === undefined) return () => {};
  const topOf = (element: HTMLElement) => element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  const wanted = topOf(row);
  return () => {
    let frames = 0;
    let still = 0;
    const settle = () => {
      const found = scroller.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
      const off = found === null ? 0 : Math.round(topOf(found) - wanted);
      if (off !== 0) scroller.scrollTop += off;
      still = off === 0 ? still + 1 : 0;
      frames += 1;
      if (still < STILL_FRAMES && frames < MAX_FRAMES) requestAnimationFrame(settle);
    };
    settle();
  };
}

/** The row that has the focus, as after a press on it; otherwise the first one on screen. */
function findAnchor(scroller: HTMLElement): HTMLElement | undefined {
  const box = scroller.getBoundingClientRect();
  const isSeen = (row: HTMLElement) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > box.top && top < box.bottom;
  };
  const focused = document.activeElement?.closest<HTMLElement>('[data-row]');
  if (focused != null && scroller.contains(focused) && isSeen(focused)) return focused;
  return [...scroller.querySelectorAll<HTMLElement>('[data-row]')].find(isSeen);
}
