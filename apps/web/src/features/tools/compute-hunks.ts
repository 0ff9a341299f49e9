import { structuredPatch } from 'diff';

import type { Hunk } from './diff-hunks.ts';

const MAX_MS = 200;

/** The difference of two texts; null if computing it takes too long. */
export function computeHunks(before: string, after: string): readonly Hunk[] | null {
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, timeout: MAX_MS });
  return patch === undefined ? null : patch.hunks;
}
