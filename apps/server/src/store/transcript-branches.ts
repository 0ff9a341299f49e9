import { z } from 'zod';

import type { TranscriptEntry } from './transcript-entry.ts';

/**
 * An entry of ours in a transcript, stored with the `session.branched` event whose id is its `uuid`: from here on the conversation
 * goes on somewhere else. It stands in the transcript itself, so that copies and backups have it. The agent never gets it.
 */
export interface BranchMark {
  type: typeof BRANCH_MARK;
  uuid: string;
  keep: KeptPart;
  [key: string]: unknown;
}

/**
 * What the conversation keeps: all that it has now; what it has before the entry with this uuid; or what it had just before an
 * earlier mark.
 */
export type KeptPart = { type: 'all' } | { type: 'before'; uuid: string } | { type: 'as_before'; mark: string };

const BRANCH_MARK = 'csp-branch';
/** The uuids of marks are ids of events. Those of the CLI are hexadecimal, and sort before it in every collation. */
export const FIRST_MARK_UUID = 'sevt';

const branchMark = z.object({
  type: z.literal(BRANCH_MARK),
  uuid: z.string(),
  keep: z.discriminatedUnion('type', [
    z.object({ type: z.literal('all') }),
    z.object({ type: z.literal('before'), uuid: z.string() }),
    z.object({ type: z.literal('as_before'), mark: z.string() }),
  ]),
});

export function toBranchMark(eventId: string, keep: KeptPart): BranchMark {
  return { type: BRANCH_MARK, uuid: eventId, keep };
}

/** Whether an entry is a mark, which only the platform may write. */
export function isBranchMark({ type }: Pick<TranscriptEntry, 'type'>): boolean {
  return type === BRANCH_MARK;
}

/** The conversation up to an entry, which later ones may continue in several ways. */
interface Link {
  entry: TranscriptEntry;
  before: Link | undefined;
}

/**
 * The entries of the conversation as it is now, without marks. Pure; takes linear time. Without marks, the very entries. A mark that
 * names what is not there keeps all.
 */
export function followBranches(entries: TranscriptEntry[]): TranscriptEntry[] {
  if (!entries.some(isBranchMark)) return entries;
  let end: Link | undefined;
  const ends = new Map<string, Link | undefined>();
  for (const entry of entries) {
    if (!isBranchMark(entry)) {
      end = { entry, before: end };
      continue;
    }
    const mark = branchMark.parse(entry);
    ends.set(mark.uuid, end);
    end = toKept(mark.keep, { end, ends });
  }
  const kept: TranscriptEntry[] = [];
  for (let link = end; link !== undefined; link = link.before) kept.push(link.entry);
  return kept.toReversed();
}

function toKept(
  keep: KeptPart,
  { end, ends }: { end: Link | undefined; ends: ReadonlyMap<string, Link | undefined> },
): Link | undefined {
  if (keep.type === 'all') return end;
  if (keep.type === 'as_before') return ends.has(keep.mark) ? ends.get(keep.mark) : end;
  for (let link = end; link !== undefined; link = link.before) {
    if (link.entry.uuid === keep.uuid) return link.before;
  }
  return end;
}

/** Whether anything was said: a process can resume from these entries. */
export function hasConversation(entries: readonly TranscriptEntry[]): boolean {
  return entries.some(({ type, uuid }) => uuid !== undefined && (type === 'user' || type === 'assistant'));
}
