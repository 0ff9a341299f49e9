import type { Row } from '../../session/build-rows.ts';

/** Each holds a page of its own. */
const MAX_KEPT = 3;

/** The rows with the newest apps: they stay in the page when they are scrolled away, or the app would begin again. */
export function findApps(rows: readonly Row[]): number[] {
  const found: number[] = [];
  for (let index = rows.length - 1; index >= 0 && found.length < MAX_KEPT; index -= 1) {
    const row = rows[index];
    if (row?.kind !== 'work') continue;
    if (row.items.some((item) => item.kind === 'tool' && item.app?.digest != null)) found.push(index);
  }
  return found.toReversed();
}
