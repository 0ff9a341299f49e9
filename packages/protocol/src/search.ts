import type { SessionResource } from './session-resource.ts';

/** A place in a session that was found. */
export interface SearchHit {
  /** `title`, what a person (`message`) or the agent (`answer`) said, a `command` that was run, or the name of a `file`. */
  kind: 'title' | 'message' | 'answer' | 'command' | 'file';
  /** The event; null for the title. */
  event_id: string | null;
  seq: number | null;
  /** A piece of one line. Begins or ends with `…` where the text goes on. */
  text: string;
  /** Where in `text` the words are: start and end, in UTF-16 code units. */
  highlights: [start: number, end: number][];
}

/** A session that was found, with the best places in it. */
export interface SearchResult {
  session: SessionResource;
  hits: SearchHit[];
  /** How many of the places that were looked at are in this session. */
  hit_count: number;
}

/** GET /api/v1/search */
export interface SearchResultList {
  /** Best first. */
  data: SearchResult[];
  /** True when there are more sessions, or more places than are looked at: other words find them. */
  truncated: boolean;
}
