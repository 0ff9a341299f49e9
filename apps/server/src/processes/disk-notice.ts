import type { DiskUse } from '../store/disk-use.ts';
import type { DiskLimits, DiskStop } from '../workspaces/judge-disk.ts';

export type DiskReason = DiskStop | 'big_of_user' | 'many_of_user';
export type NearLimit = 'bytes' | 'entries' | 'user_bytes' | 'user_entries';

const MIB = 1024 * 1024;
const STOPPED = 'What ran was stopped.';
const OR_ELSE = 'or continue in a new session';
const MAKE_ROOM =
  'Delete sessions that are no longer needed, or ask agents to delete files: Settings, Disk, lists the largest of your own';
const ONLY_WHEN_MORE = 'it is stopped again only when they grow.';
const ONLY_WHEN_GROWN = 'a session that does not grow is not stopped.';

/** What people of a session are told when it was stopped for its files; `taken` is of the session, or of all sessions of its owner. */
export function toStopNotice(reason: DiskReason, taken: DiskUse, limits: DiskLimits): string {
  const size = `take ${Math.ceil(taken.bytes / MIB)} MB, more than the ${Math.floor(limits.maxBytes / MIB)} MB that`;
  const count = `are ${toCount(taken.entries)}, more than the ${toCount(limits.maxEntries)} that`;
  switch (reason) {
    case 'big':
      return `The files of this session ${size} a session may. ${STOPPED} Ask the agent to delete files, ${OR_ELSE}; ${ONLY_WHEN_MORE}`;
    case 'many':
      return `The files and folders of this session ${count} a session may have. ${STOPPED} Ask the agent to delete files, ${OR_ELSE}; ${ONLY_WHEN_MORE}`;
    case 'big_of_user':
      return `The files of all sessions of this session's owner ${size} one person may have. ${STOPPED} ${MAKE_ROOM}; ${ONLY_WHEN_GROWN}`;
    case 'many_of_user':
      return `The files and folders of all sessions of this session's owner ${count} one person may have. ${STOPPED} ${MAKE_ROOM}; ${ONLY_WHEN_GROWN}`;
    case 'closed':
      return (
        `A folder of this session cannot be read, so that nobody can tell how much its files take. ${STOPPED} ` +
        `Ask the agent to open its folders (chmod -R u+rwX), ${OR_ELSE}.`
      );
    case 'late':
      return (
        `The files of this session are too many to be measured. ${STOPPED} ` +
        `Ask the agent to delete files, ${OR_ELSE}; it is stopped again as long as they are too many.`
      );
  }
}

/** What they are told before: 80 % of a limit are taken. */
export function toNearNotice(near: NearLimit, taken: DiskUse, limits: DiskLimits): string {
  const whose = near.startsWith('user') ? "all sessions of this session's owner" : 'this session';
  const remedy = near.startsWith('user') ? MAKE_ROOM : 'Ask the agent to delete files that it no longer needs';
  const [what, used, most] = near.endsWith('bytes')
    ? ['files', `take ${Math.ceil(taken.bytes / MIB)}`, `${Math.floor(limits.maxBytes / MIB)} MB`]
    : ['files and folders', `are ${toCount(taken.entries)}`, toCount(limits.maxEntries)];
  return `The ${what} of ${whose} ${used} of ${most}. Above that, what makes more of them is stopped. ${remedy}.`;
}

function toCount(count: number): string {
  return count.toLocaleString('en');
}
