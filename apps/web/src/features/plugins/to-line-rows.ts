import type { PluginTextDiff, PluginValueChange } from '@claude-sdk-pattern/protocol';

import { toDiffHunks } from '../tools/diff-hunks.ts';
import type { LineRow } from './line-rows.tsx';
import type { ReviewedPlugin } from './use-review.ts';

/** The lines of a difference, each with the number that it has in the version where it stands. Pure. */
export function toTextRows(of: ReviewedPlugin, { hunks }: PluginTextDiff): LineRow[] {
  const numbered = toDiffHunks(
    hunks.map(({ old_start: oldStart, new_start: newStart, lines }) => ({ oldStart, newStart, lines })),
  );
  return numbered.flatMap(({ lines }, hunk) =>
    lines.map(({ sign, text, newNumber, oldNumber }, index) => ({
      ...{ sign: toSign(of, sign), text, label: String(newNumber ?? oldNumber ?? '') },
      ...(hunk > 0 && index === 0 && { gap: true }),
    })),
  );
}

/** How something is called: what was changed before and after, and what was not. Pure. */
export function toValueRows(of: ReviewedPlugin, values: readonly PluginValueChange[]): LineRow[] {
  return values.flatMap(({ field, before, after }): LineRow[] => {
    if (before === after) return [{ sign: ' ', label: field, text: after ?? '' }];
    return [
      ...(before === null ? [] : [{ sign: '-' as const, label: field, text: before }]),
      ...(after === null ? [] : [{ sign: toSign(of, '+'), label: field, text: after }]),
    ];
  });
}

/** Of a version that is compared with none everything is new, which need not be said of each line. */
export function isInstall({ version }: ReviewedPlugin): boolean {
  return version === 'current';
}

function toSign(of: ReviewedPlugin, sign: LineRow['sign']): LineRow['sign'] {
  return isInstall(of) ? ' ' : sign;
}
