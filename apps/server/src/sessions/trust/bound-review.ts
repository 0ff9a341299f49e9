import type { Brought } from '../../workspaces/brought/read-brought.ts';

/** Of one review, over all places. Each may have 8 MiB that run, a session has 20 of them, and its page asks after each turn. */
const MAX_CHARS = 16 * 1024 * 1024;
/** Of an item beside its texts, about. */
const ITEM_CHARS = 100;
const TOO_MUCH =
  'With the other folders of the session it brings more than can be shown. Work with this repository in a session of its own, or take out what is no part of it';

/** Takes up one place after the other. What would make the review too large is not shown, and so cannot be trusted here. */
export function createReviewBound(maxChars = MAX_CHARS): (brought: Brought) => Brought {
  let left = maxChars;
  return (brought) => {
    const chars = brought.items.reduce(
      (sum, { name, path, text }) => sum + ITEM_CHARS + name.length + path.length + text.length,
      0,
    );
    if (chars > left) return { ...brought, items: [], problem: brought.problem ?? TOO_MUCH };
    left -= chars;
    return brought;
  };
}
