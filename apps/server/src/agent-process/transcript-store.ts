import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';

import type { TranscriptRepository } from '../store/transcripts.ts';

/**
 * The CLI's notes of what a session has cost. A resumed process would go on counting from the last of them, and whether
 * it was written before a process died is chance; without them every process counts from zero (2.1.330).
 */
const COST_ENTRY = 'cost-state';

/** Gives the SDK our store to keep its transcripts in, so that a session can be resumed from an empty config directory. */
export function createTranscriptStore(transcripts: TranscriptRepository): SessionStore {
  return {
    append: (key, entries) => transcripts.append(key, entries),
    load: async (key) => (await transcripts.load(key))?.filter(({ type }) => type !== COST_ENTRY) ?? null,
    delete: (key) => transcripts.delete(key),
    listSubkeys: (key) => transcripts.listSubkeys(key),
  };
}
