import type {
  PendingApprovalResource,
  SearchResult,
  SessionResource,
  ToldStop,
  ToldStorageProblem,
} from '@claude-sdk-pattern/protocol';

import type { Problem } from '../session/problem.ts';
import type { Elsewhere } from './find-elsewhere.ts';

export interface SearchState {
  query: string;
  /** Of sessions whose titles have the text; null until the server has answered. */
  ids: readonly string[] | null;
  /** Sessions in which something was said that has the words, best first. */
  places: readonly SearchResult[];
  failed: boolean;
}

export const NO_SEARCH: SearchState = { query: '', ids: null, places: [], failed: false };

export interface SessionsState {
  /** Every known session by id, from lists and from the watch. */
  byId: ReadonlyMap<string, SessionResource>;
  /** What the user may answer now, calls that were handed to them included. */
  approvals: readonly PendingApprovalResource[];
  /** Waiting sessions, by id, whose calls somebody else has to answer. The user may deny them. */
  elsewhere: ReadonlyMap<string, Elsewhere>;
  load: { state: 'loading' } | { state: 'ready' } | { state: 'failed'; problem: Problem };
  nextPage: string | null;
  loadingMore: boolean;
  search: SearchState;
  /** Rises when the plugins of new processes change, and when that may have gone unheard. */
  pluginChanges: number;
  /** The model API takes no calls of new turns; `retryAt` (milliseconds since the epoch) is when that is tried again. */
  outage: { retryAt: number } | null;
  /** An operator has stopped all new turns of the user; null while nothing is stopped. */
  stop: ToldStop | null;
  /** Why the server can store nothing new; null while it can. */
  storage: ToldStorageProblem | null;
  /** The last change that the server refused. */
  failure: { action: string; problem: Problem } | null;
}
