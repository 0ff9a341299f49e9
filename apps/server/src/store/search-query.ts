/** What a session is found by. */
export type SearchKind = 'title' | 'message' | 'answer' | 'command' | 'file';

/** Words that stand one behind the other; the last may be only the beginning of a word. */
export interface SearchTerm {
  /** In the form of `splitWords`: letters and digits. */
  words: readonly string[];
  isPrefix: boolean;
}

export interface SearchHit {
  sessionId: string;
  /** 0 for the title. */
  seq: number;
  kind: SearchKind;
}

export interface SearchFound {
  /** The newest first. */
  hits: SearchHit[];
  /** Whether there are no others. */
  isAll: boolean;
}

export interface SearchScope {
  ownerId: string;
  /** Sessions of others. */
  sessionIds: readonly string[];
}
