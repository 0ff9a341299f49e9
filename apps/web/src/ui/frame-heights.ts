export const MAX_HEIGHT_PX = 640;
const MIN_HEIGHT_PX = 48;
/** Until the page in the frame says its own. */
const FIRST_HEIGHT_PX = 240;
const MAX_KEPT = 200;

/** By the id of what the frame shows: the list of rows unmounts what is far from the screen, and must not jump when it comes back. */
const heights = new Map<string, number>();

export function heightOf(id: string): number {
  return heights.get(id) ?? FIRST_HEIGHT_PX;
}

export function noteHeight(id: string, px: number): void {
  heights.delete(id);
  heights.set(id, px);
  const [oldest] = heights.keys();
  if (heights.size > MAX_KEPT && oldest !== undefined) heights.delete(oldest);
}

/** A higher page scrolls in itself. */
export function toShownHeight(px: number): number {
  return Math.ceil(Math.min(Math.max(px, MIN_HEIGHT_PX), MAX_HEIGHT_PX));
}
