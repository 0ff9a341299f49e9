import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';

import type { TranscriptRepository } from '../store/transcripts.ts';

/** Gives the SDK our store to keep its transcripts in, so that a session can be resumed from an empty config directory. */
export function createTranscriptStore(transcripts: TranscriptRepository): SessionStore {
  return {
    append: (key, entries) => transcripts.append(key, entries),
    load: (key) => transcripts.load(key),
    delete: (key) => transcripts.delete(key),
    listSubkeys: (key) => transcripts.listSubkeys(key),
  };
}
