import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';
import { CspError } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import { omitEntries } from './resume-calls.ts';
import { isBranchMark } from '../store/transcript-branches.ts';
import {
  toEntryBytes,
  type TranscriptEntry,
  type TranscriptKey,
  type TranscriptRepository,
} from '../store/transcripts.ts';

/**
 * The CLI's record of a session's cost. A resumed process would continue from the last one, and whether that was
 * written before the process died is chance. Without these entries every process counts from zero (2.1.330).
 */
const COST_ENTRY = 'cost-state';

/** Two messages of 32 MB. A process that resumes has all of it in memory, as objects that take several times as much. */
const MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024;
/** In one call; the CLI mirrors a few at a time. */
const MAX_ENTRIES = 10_000;
/** Long paths of subagents within subagents. */
const MAX_SUBPATH_CHARS = 500;

/** The fields of an entry that the platform relies on; all others belong to the CLI. */
const storableEntry = z
  .looseObject({ type: z.string(), uuid: z.string().max(200).optional() })
  .refine((entry) => !isBranchMark(entry), 'only the platform marks branches');

/** The transcript of one agent session, for its one process and for the repair after that process. */
export interface AgentTranscript {
  /** For the SDK. It accepts this agent session only. */
  readonly sessionStore: SessionStore;
  /** @throws CspError `too_large` when the transcript would exceed its limit. */
  append(entries: readonly TranscriptEntry[]): Promise<void>;
  has(): Promise<boolean>;
  findUuids(uuids: readonly string[]): Promise<Set<string>>;
  findLast(matches: (entry: TranscriptEntry) => boolean): Promise<TranscriptEntry | undefined>;
}

export interface TranscriptOptions {
  agentSessionId: string;
  maxBytes?: number;
  /** Uuids of entries that are not loaded. */
  omitted?: ReadonlySet<string>;
}

/**
 * A `SessionStore` for the SDK over our store, so that a session can be resumed from an empty config directory. A
 * program of the agent can send what the CLI sends. So the caller cannot name another session's transcript or use up
 * the space of others: only the process's own session and its subagents are accepted, and all of them together have a
 * limit.
 */
export function createTranscriptStore(
  transcripts: TranscriptRepository,
  { agentSessionId, maxBytes = MAX_TRANSCRIPT_BYTES, omitted }: TranscriptOptions,
): AgentTranscript {
  const own = { sessionId: agentSessionId };
  let size: Promise<number> | undefined;
  /** One after the other, so that each counts what was stored before it. */
  let appending: Promise<void> = Promise.resolve();

  const store = async (key: TranscriptKey, entries: readonly TranscriptEntry[]) => {
    const before = await (size ??= transcripts.measure(own));
    const after = entries.reduce((sum, entry) => sum + toEntryBytes(entry), before);
    if (after > maxBytes) throw toTooLarge(maxBytes);
    await transcripts.append(key, entries);
    // Entries that were already stored count twice until the next process measures the size.
    size = Promise.resolve(after);
  };
  const append = (key: TranscriptKey, entries: readonly TranscriptEntry[]): Promise<void> => {
    const stored = appending.then(() => store(key, entries));
    appending = stored.catch(() => {
      size = undefined;
    });
    return stored;
  };
  const sessionStore: SessionStore = {
    append: async (key, entries) => append(toOwnKey(key, agentSessionId), toEntries(entries)),
    async load(key) {
      const ownKey = toOwnKey(key, agentSessionId);
      if ((await transcripts.measure(own)) > maxBytes) throw toTooLarge(maxBytes);
      const entries = await transcripts.load(ownKey);
      if (entries === null) return null;
      const kept = entries.filter(({ type }) => type !== COST_ENTRY);
      return omitEntries(kept, omitted);
    },
    delete: async (key) => transcripts.delete(toOwnKey(key, agentSessionId)),
    listSubkeys: async (key) => transcripts.listSubkeys(toOwnKey(key, agentSessionId)),
  };
  return {
    sessionStore,
    append: (entries) => append(own, entries),
    has: () => transcripts.has(own),
    findUuids: (uuids) => transcripts.findUuids(own, uuids),
    findLast: (matches) => transcripts.findLast(own, matches),
  };
}

/** @throws Error for another session. */
function toOwnKey({ sessionId, subpath }: { sessionId: string; subpath?: string }, own: string): TranscriptKey {
  if (sessionId !== own) throw new Error('A process may reach the transcript of its own session only');
  if (subpath === undefined) return { sessionId };
  if (typeof subpath !== 'string' || subpath.length > MAX_SUBPATH_CHARS || subpath.includes('\0')) {
    throw new Error("The name of a subagent's transcript cannot be used");
  }
  return { sessionId, subpath };
}

/** @throws Error when the store could not keep them. */
function toEntries(entries: unknown): TranscriptEntry[] {
  const parsed = z.array(z.unknown()).max(MAX_ENTRIES).parse(entries);
  return parsed.map((entry) => storableEntry.parse(entry) as TranscriptEntry);
}

function toTooLarge(maxBytes: number): CspError {
  const size = maxBytes < 1024 * 1024 ? `${maxBytes} bytes` : `${Math.floor(maxBytes / 1024 / 1024)} MB`;
  const fact = `The agent's transcript of this session has reached ${size}, and may not be longer`;
  return new CspError('too_large', `${fact}. Fork the session from an earlier turn, or begin a new one`);
}
