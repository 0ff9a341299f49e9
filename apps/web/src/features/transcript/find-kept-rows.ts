import type { Row } from '../../session/build-rows.ts';

/** Each holds a page of its own. */
const MAX_KEPT = 3;

/**
 * The rows with the newest apps and open previews: they stay in the page when they are scrolled away, or what is in their
 * frames would begin again. Pure.
 * @param previews keys of `useDisclosure`: `preview:TEXT:BLOCK`, with more behind a dot within a block
 */
export function findKeptRows(rows: readonly Row[], previews: readonly string[]): number[] {
  const found: number[] = [];
  for (let index = rows.length - 1; index >= 0 && found.length < MAX_KEPT; index -= 1) {
    const row = rows[index];
    if (row !== undefined && (hasApp(row) || hasPreview(row, previews))) found.push(index);
  }
  return found.toReversed();
}

function hasApp(row: Row): boolean {
  return row.kind === 'work' && row.items.some((item) => item.kind === 'tool' && item.app?.digest != null);
}

function hasPreview(row: Row, previews: readonly string[]): boolean {
  if (row.kind !== 'text' || previews.length === 0) return false;
  return row.blocks.some(({ key }) => {
    const own = `preview:${row.item.id}:${key}`;
    return previews.some((preview) => preview === own || preview.startsWith(`${own}.`));
  });
}
