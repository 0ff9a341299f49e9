/** One line of a transcript, in the shape of the Agent SDK's `SessionStoreEntry`. */
export type TranscriptEntry = { type: string; uuid?: string; timestamp?: string; [key: string]: unknown };
