import { CspError } from '@claude-sdk-pattern/protocol';

import { adoptLocalTranscript } from '../agent-process/adopt-local-transcript.ts';
import { createTranscriptStore } from '../agent-process/transcript-store.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** Stores the end of a dead process's transcript. If it exceeds the limit, the next process ends with that error. */
export async function adoptTranscript(
  { store, logger }: { store: Pick<Store, 'transcripts'>; logger: Pick<Logger, 'error'> },
  { dirs, agentSessionId }: { dirs: SessionDirs; agentSessionId: string },
): Promise<void> {
  const transcript = createTranscriptStore(store.transcripts, { agentSessionId });
  try {
    await adoptLocalTranscript(transcript, { dirs, agentSessionId });
  } catch (error) {
    if (!(error instanceof CspError)) throw error;
    logger.error({ err: error }, 'the end of a transcript could not be stored');
  }
}
