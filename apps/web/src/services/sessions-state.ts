import type {
  PendingApprovalResource,
  SessionResource,
  ToldStop,
  ToldStorageProblem,
} from '@claude-sdk-pattern/protocol';

import type { Problem } from '../session/problem.ts';
import type { Elsewhere } from './find-elsewhere.ts';

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
  search: { query: string; ids: readonly string[] | null; failed: boolean };
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
