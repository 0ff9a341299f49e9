import { basename, dirname } from 'node:path';

import { z } from 'zod';

import { isSystemError, openFolder, type Folder } from '../agent-files/folder.ts';
import { readLines } from '../agent-files/read-lines.ts';
import type { TranscriptRepository } from '../store/transcripts.ts';
import { toResumedTranscript } from './resumed-transcript.ts';
import type { SessionDirs } from './session-dirs.ts';

const transcriptEntry = z.looseObject({ type: z.string(), uuid: z.string() });

/** The CLI makes one for each folder that it works in, and a session works in one. */
const MAX_PROJECTS = 50;
/** Far longer than a context lasts: images stand in it as text. */
const MAX_BYTES = 512 * 1024 * 1024;
/** A message of 32 MB, as the API takes it, with its images as base64. */
const MAX_LINE_BYTES = 48 * 1024 * 1024;

type Transcripts = Pick<TranscriptRepository, 'append'>;

/**
 * Takes over what the CLI has written to its own transcript and had no time to mirror before it died: the mirror is
 * about 100 ms behind (SDK 0.3.330). Entries that the store has already are left out by their uuid. Only for a process
 * that has ended; without local files nothing happens. The agent may have written them itself, so they are read within
 * bounds, and whatever is no regular file is none of them.
 */
export async function adoptLocalTranscript(
  transcripts: Transcripts,
  options: { dirs: SessionDirs; agentSessionId: string },
): Promise<void> {
  const { dirs, agentSessionId } = options;
  const own = `${agentSessionId}.jsonl`;
  const resumed = toResumedTranscript(dirs);
  await within(dirs.config, 'projects', async (projects) => {
    let seen = 0;
    for await (const { name, kind } of projects.list()) {
      if (kind !== 'folder' || (seen += 1) > MAX_PROJECTS) continue;
      await using project = await projects.openFolder(name);
      await adoptFile(transcripts, project, { name: own, agentSessionId });
    }
  });
  await within(dirname(dirname(resumed)), basename(dirname(resumed)), (agent) =>
    adoptFile(transcripts, agent, { name: basename(resumed), agentSessionId }),
  );
}

/** What is not there, or is something else, is nothing to take over. */
async function within(parent: string, name: string, work: (folder: Folder) => Promise<void>): Promise<void> {
  try {
    await using above = await openFolder(parent);
    await using folder = await above.openFolder(name);
    await work(folder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function adoptFile(
  transcripts: Transcripts,
  folder: Folder,
  { name, agentSessionId }: { name: string; agentSessionId: string },
): Promise<void> {
  await using file = await folder.openFile(name).catch(() => undefined);
  if (file === undefined) return;
  for await (const lines of readLines(file, { maxBytes: MAX_BYTES, maxLineBytes: MAX_LINE_BYTES })) {
    const entries = lines.flatMap(parseEntry);
    if (entries.length > 0) await transcripts.append({ sessionId: agentSessionId }, entries);
  }
}

/** Entries without a uuid (titles, marks) could not be told from those that the store has; the last line may be cut. */
function parseEntry(line: string): z.infer<typeof transcriptEntry>[] {
  try {
    const parsed = transcriptEntry.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
