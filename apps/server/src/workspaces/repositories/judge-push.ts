import type { PushCommand } from './push-commands.ts';

/** What a person who pushes by hand has asked for. */
export interface AskedPush {
  ref: string;
  /** Of the commit. */
  id: string;
}

/** Branches, tags, and the place where Gerrit takes changes for review. All else belongs to the git server: notes of its own, settings, pull requests. */
const PUSHABLE = /^refs\/(?:heads|tags|for)\/./;
const MAX_REFS = 100;

/**
 * Why a session may not push this; undefined where it may. An agent makes and moves branches and tags, and removes none. A push by hand is that of one
 * branch, at the commit that the person saw: what the repository runs in the sandbox meanwhile may ask for more.
 */
export function judgePush(commands: readonly PushCommand[], asked: AskedPush | undefined): string | undefined {
  if (asked !== undefined) {
    const isAsked = commands.every(({ ref, id }) => ref === asked.ref && id === asked.id) && commands.length <= 1;
    return isAsked
      ? undefined
      : `only ${asked.ref} at ${asked.id.slice(0, 12)} was to be pushed. Something in the workspace asked for other refs, or has committed since; look at its git settings, and push again`;
  }
  if (commands.length > MAX_REFS) return `a session pushes ${MAX_REFS} refs at once at most`;
  const other = commands.find(({ ref }) => !PUSHABLE.test(ref));
  if (other !== undefined) return 'a session pushes branches and tags, and no other refs';
  const removed = commands.some(({ id }) => id === null);
  return removed ? 'a session removes no refs. Remove it at the git server' : undefined;
}
