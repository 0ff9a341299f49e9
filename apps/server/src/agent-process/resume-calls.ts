import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import { replayedBlock, type ReplayedBlock, type ReplayedMessage } from '../model-gateway/replayed-message.ts';
import type { TranscriptEntry } from '../store/transcripts.ts';

/** How a process takes up calls that were asked of an earlier one and did not run. */
export interface CallResumption {
  /** Entries of the transcript that it does not get: the message with the calls, and what follows. */
  omitted: ReadonlySet<string>;
  /** What the model gateway answers to its first request in the model's place. */
  message: ReplayedMessage;
}

/** A call as the model made it. */
export type ResumedCall = Extract<ReplayedBlock, { type: 'tool_use' }>;

const saidEntry = z.looseObject({
  type: z.enum(['user', 'assistant']),
  uuid: z.string(),
  message: z.looseObject({
    id: z.string().optional(),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
  }),
});
type SaidEntry = z.infer<typeof saidEntry>;

/**
 * Plans how calls that wait go on in a new process. The transcript is cut before the message that has them, and the CLI
 * (2.1.332), told to go on with the interrupted turn, asks the model for that message again. It gets it from us, so that
 * it makes the very calls, with their ids, through its hooks. Calls of the message that have run stay in the transcript,
 * and so does what stands in the message beside them. A result of a call that waits is what a dying process has written.
 * Undefined where the transcript lacks a call, or has the calls in several messages. Pure but for the id of the message.
 */
export function planResumption(
  entries: readonly TranscriptEntry[],
  toolUseIds: ReadonlySet<string>,
): (CallResumption & { calls: readonly ResumedCall[] }) | undefined {
  const said = entries.flatMap((entry, at) => toSaid(entry, at));
  const messageId = said.findLast(({ entry }) => toIds(entry, 'tool_use').some((id) => toolUseIds.has(id)))?.entry
    .message.id;
  const parts = said.filter(({ entry }) => entry.type === 'assistant' && entry.message.id === messageId);
  const [first] = parts;
  if (first === undefined) return undefined;
  const after = said.filter(({ at }) => at > first.at);
  const calledIds = parts.flatMap(({ entry }) => toIds(entry, 'tool_use'));
  if ([...toolUseIds].some((id) => !calledIds.includes(id))) return undefined;

  const isWhole = calledIds.every((id) => toolUseIds.has(id));
  const isKept = ({ entry }: { entry: SaidEntry }) =>
    entry.type === 'assistant'
      ? entry.message.id === messageId && !toIds(entry, 'tool_use').some((id) => toolUseIds.has(id))
      : toIds(entry, 'tool_result').some((id) => calledIds.includes(id) && !toolUseIds.has(id));
  const kept = new Set(
    isWhole
      ? []
      : after
          .concat(first)
          .filter(isKept)
          .map(({ entry }) => entry.uuid),
  );
  // Where a process has taken the calls up before, the message stands here twice, and so may what came of it.
  const before = said.filter(({ at }) => at < first.at);
  const replaced = before.filter(({ entry }) => isOfCalls(entry, before, calledIds));
  // The CLI takes up the prompt of the turn as it is where it stands last; behind a note it adds words of its own.
  const lastBefore = before.findLast((each) => !replaced.includes(each))?.at ?? -1;
  const omitted = entries
    .slice(isWhole ? lastBefore + 1 : first.at)
    .concat(replaced.flatMap(({ at }) => entries[at] ?? []))
    .flatMap(({ uuid }) => (uuid === undefined || kept.has(uuid) ? [] : [uuid]));
  const blocks = parts.flatMap(({ entry }) => toBlocks(entry));
  const content = blocks.filter((block) => isWhole || isThinking(block) || isOneOf(block, toolUseIds));
  if (content.includes(undefined)) return undefined;
  const message = { id: `msg_${randomUUID()}`, content: content.filter((block) => block !== undefined) };
  const calls = message.content.filter((block) => block.type === 'tool_use');
  return { omitted: new Set(omitted), message, calls };
}

/** Whether the entry makes these calls and no other, is of a message that does, or has a result of one. */
function isOfCalls(entry: SaidEntry, all: readonly { entry: SaidEntry }[], calledIds: readonly string[]): boolean {
  const areCalled = (ids: readonly string[]) => ids.length > 0 && ids.every((id) => calledIds.includes(id));
  if (entry.type === 'user') return toIds(entry, 'tool_result').some((id) => calledIds.includes(id));
  const parts = all.filter((each) => each.entry.message.id === entry.message.id);
  return areCalled(toIds(entry, 'tool_use')) || areCalled(parts.flatMap((each) => toIds(each.entry, 'tool_use')));
}

/**
 * Whether a call is of an MCP server. A process that goes on by itself (CLI 2.1.332) does so before its servers are there, and
 * its first request may lack their tools; with a message it waits for them.
 */
export function needsServers(calls: readonly { name: string }[]): boolean {
  return calls.some(({ name }) => name.startsWith('mcp__'));
}

/** The calls that the last message of the session's own agent makes. */
export function findLastCalls(entries: readonly TranscriptEntry[]): ReadonlySet<string> {
  const said = entries.flatMap((entry) => toSaid(entry, 0)).filter(({ entry }) => entry.type === 'assistant');
  const messageId = said.at(-1)?.entry.message.id;
  const parts = said.filter(({ entry }) => messageId !== undefined && entry.message.id === messageId);
  return new Set(parts.flatMap(({ entry }) => toIds(entry, 'tool_use')));
}

/**
 * The transcript without the omitted entries, and without calls that a later message of it makes again because a process
 * took them up. What follows such an entry follows the one before it.
 */
export function omitEntries(
  entries: readonly TranscriptEntry[],
  omitted: ReadonlySet<string> = new Set(),
): TranscriptEntry[] {
  const seen = new Set<string>();
  const gone = new Map<string, unknown>();
  const kept = entries.toReversed().filter((entry) => {
    const ids = toSaid(entry, 0).flatMap((each) => toIds(each.entry, 'tool_use'));
    const isRepeated = ids.length > 0 && ids.every((id) => seen.has(id));
    const isGone = isRepeated || (entry.uuid !== undefined && omitted.has(entry.uuid));
    if (!isGone) for (const id of ids) seen.add(id);
    if (isGone && entry.uuid !== undefined) gone.set(entry.uuid, entry['parentUuid']);
    return !isGone;
  });
  const toParent = (parent: unknown): unknown =>
    typeof parent === 'string' && gone.has(parent) ? toParent(gone.get(parent)) : parent;
  const relinked = kept.map((entry) => {
    const parentUuid = toParent(entry['parentUuid']);
    return parentUuid === entry['parentUuid'] ? entry : { ...entry, parentUuid };
  });
  return showLastWords(relinked.toReversed(), omitted);
}

/**
 * The CLI (2.1.332) does not go on by itself with a turn that ends in hidden words of a user, and waits for a message. The
 * words that continue a turn which was cut off are such, so a process that takes up calls gets them as plain ones.
 */
function showLastWords(entries: TranscriptEntry[], omitted: ReadonlySet<string>): TranscriptEntry[] {
  if (omitted.size === 0) return entries;
  const last = entries.findLastIndex((entry, at) => toSaid(entry, at).length > 0);
  return entries.map((entry, at) => (at === last && entry['isMeta'] === true ? { ...entry, isMeta: false } : entry));
}

/** Of the session's own conversation. */
function toSaid(entry: TranscriptEntry, at: number): { entry: SaidEntry; at: number }[] {
  if (entry['isSidechain'] === true || (entry.type !== 'user' && entry.type !== 'assistant')) return [];
  const parsed = saidEntry.safeParse(entry);
  return parsed.success ? [{ entry: parsed.data, at }] : [];
}

function toIds({ message: { content } }: SaidEntry, type: 'tool_use' | 'tool_result'): string[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) => {
    const id = block.type === type ? block[type === 'tool_use' ? 'id' : 'tool_use_id'] : undefined;
    return typeof id === 'string' ? [id] : [];
  });
}

/** Undefined stands for a block that cannot be said again. */
function toBlocks({ message: { content } }: SaidEntry): (ReplayedBlock | undefined)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((block) => replayedBlock.safeParse(block).data);
}

/** The API wants the thinking of a message before its calls. */
function isThinking(block: ReplayedBlock | undefined): boolean {
  return block?.type === 'thinking' || block?.type === 'redacted_thinking';
}

function isOneOf(block: ReplayedBlock | undefined, toolUseIds: ReadonlySet<string>): boolean {
  return block?.type === 'tool_use' && toolUseIds.has(block.id);
}
