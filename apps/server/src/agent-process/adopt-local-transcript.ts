import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import type { TranscriptRepository } from '../store/transcripts.ts';
import { toResumedTranscript } from './resumed-transcript.ts';
import type { SessionDirs } from './session-dirs.ts';

const transcriptEntry = z.looseObject({ type: z.string(), uuid: z.string() });

/**
 * Takes over what the CLI has written to its own transcript and had no time to mirror before it died: the mirror is
 * about 100 ms behind (SDK 0.3.330). Entries that the store has already are left out by their uuid. Only for a process
 * that has ended; without local files nothing happens.
 */
export async function adoptLocalTranscript(
  transcripts: Pick<TranscriptRepository, 'append'>,
  options: { dirs: SessionDirs; agentSessionId: string },
): Promise<void> {
  const projects = join(options.dirs.config, 'projects');
  const files = (await readdir(projects).catch(() => [])).map((project) =>
    join(projects, project, `${options.agentSessionId}.jsonl`),
  );
  for (const file of [...files, toResumedTranscript(options.dirs)]) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const entries = text.split('\n').flatMap(parseEntry);
    if (entries.length > 0) await transcripts.append({ sessionId: options.agentSessionId }, entries);
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
