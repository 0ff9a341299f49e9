import { basename, dirname } from 'node:path';

import { z } from 'zod';

import { isSystemError, openFolder, type Folder } from '../agent-files/folder.ts';
import { readLines } from '../agent-files/read-lines.ts';
import type { TranscriptEntry } from '../store/transcripts.ts';
import { toResumedTranscript } from './resumed-transcript.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';
import type { AgentTranscript } from './transcript-store.ts';

/** An entry in the chain of a conversation (2.1.330). Each names the one before it. */
const chainedEntry = z.looseObject({
  type: z.enum(['user', 'assistant', 'system', 'attachment', 'progress']),
  uuid: z.string().max(200),
  parentUuid: z.string().max(200).nullable(),
  /** Present in a summary, which begins a new chain. */
  logicalParentUuid: z.string().max(200).nullish(),
});
type ChainedEntry = z.infer<typeof chainedEntry>;

export interface AdoptionBounds {
  /** Limit for all files together. Only the end of each is read: the mirror lacks only the last entries. */
  maxBytes: number;
  /** A longer line is skipped: as objects it may take twenty times as much memory. */
  maxLineBytes: number;
  maxEntries: number;
  /** The CLI makes one for each folder that it works in. A session works in one. */
  maxProjects: number;
}

const BOUNDS: AdoptionBounds = {
  maxBytes: 4 * 1024 * 1024,
  maxLineBytes: 1024 * 1024,
  maxEntries: 500,
  maxProjects: 50,
};

type Transcript = Pick<AgentTranscript, 'append' | 'has' | 'findUuids'>;

/**
 * Stores what the CLI wrote to its own transcript and did not mirror before it died: the mirror is about 100 ms late
 * (SDK 0.3.330). Only for an ended process; does nothing without local files. The agent can write these files, so
 * only the ends of regular files are read, within limits, and only entries that continue the stored conversation are
 * used. Entries that the store has are skipped by their uuid.
 */
export async function adoptLocalTranscript(
  transcript: Transcript,
  options: { dirs: SessionDirs; agentSessionId: string; bounds?: Partial<AdoptionBounds> },
): Promise<void> {
  const { dirs, agentSessionId } = options;
  const adoption = new Adoption(transcript, { ...BOUNDS, ...options.bounds });
  const resumed = toResumedTranscript(dirs);
  await within(dirname(dirname(resumed)), basename(dirname(resumed)), (agent) =>
    adoption.take(agent, basename(resumed)),
  );
  await within(dirs.config, 'projects', async (projects) => {
    let seen = 0;
    for await (const { name, kind } of projects.list()) {
      if (kind !== 'folder') continue;
      if ((seen += 1) > adoption.bounds.maxProjects || adoption.isSpent) break;
      await ifReadable(async () => {
        await using project = await projects.openFolder(name);
        await adoption.take(project, `${agentSessionId}.jsonl`);
      });
    }
  });
}

/** A folder that is missing, or is not a folder, has nothing to adopt. */
async function within(parent: string, name: string, work: (folder: Folder) => Promise<void>): Promise<void> {
  await ifReadable(async () => {
    await using above = await openFolder(parent);
    await using folder = await above.openFolder(name);
    await work(folder);
  });
}

async function ifReadable(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** One adoption, with what it may still read. */
class Adoption {
  readonly bounds: AdoptionBounds;
  readonly #transcript: Transcript;
  #bytesLeft: number;

  constructor(transcript: Transcript, bounds: AdoptionBounds) {
    this.#transcript = transcript;
    this.bounds = bounds;
    this.#bytesLeft = bounds.maxBytes;
  }

  get isSpent(): boolean {
    return this.#bytesLeft <= 0;
  }

  /** The end of one file. */
  async take(folder: Folder, name: string): Promise<void> {
    if (this.isSpent) return;
    await using file = await folder.openFile(name);
    if (file === undefined) return;
    const maxBytes = this.#bytesLeft;
    this.#bytesLeft -= Math.min(maxBytes, (await file.stat()).size);
    const { maxLineBytes, maxEntries } = this.bounds;
    let entries: ChainedEntry[] = [];
    for await (const lines of readLines(file, { maxBytes, maxLineBytes, fromEnd: true })) {
      entries = [...entries, ...lines.flatMap(parseEntry)].slice(-maxEntries);
    }
    const missing = await this.#findMissing(entries);
    if (missing.length > 0) await this.#transcript.append(missing);
  }

  /** Entries that the store lacks, and whose chain of parents leads to a stored entry. */
  async #findMissing(entries: readonly ChainedEntry[]): Promise<TranscriptEntry[]> {
    if (entries.length === 0) return [];
    const named = entries.flatMap((entry) => [entry.uuid, toParent(entry)]).filter((uuid) => uuid !== null);
    const known = await this.#transcript.findUuids([...new Set(named)]);
    let isEmpty = !(await this.#transcript.has());
    const missing: TranscriptEntry[] = [];
    for (const entry of entries) {
      if (known.has(entry.uuid)) continue;
      const parent = toParent(entry);
      if (parent === null ? !isEmpty : !known.has(parent)) continue;
      isEmpty = false;
      known.add(entry.uuid);
      missing.push(entry);
    }
    return missing;
  }
}

function toParent({ parentUuid, logicalParentUuid }: ChainedEntry): string | null {
  return parentUuid ?? logicalParentUuid ?? null;
}

/** Skips entries without a uuid (titles, marks), which may be stored already, and a last line that was cut. */
function parseEntry(line: string): ChainedEntry[] {
  try {
    const parsed = chainedEntry.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
