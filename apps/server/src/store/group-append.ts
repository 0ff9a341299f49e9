import { toAuditFactRow } from './audit-facts.ts';
import { toEventRows, type NewEvent, type RowsToAppend } from './event-rows.ts';
import type { AppendEventsOptions, EventRepository } from './events.ts';
import { isStoreError } from './store-error.ts';

/**
 * Writes a batch, with at most one append of each session, in one transaction and returns the new last `seq` by
 * session. Sessions that do not exist, are locked or have another fence are left out. Calls `onCommitted` with the same
 * map after the commit, as soon as the next batch may begin.
 */
export type WriteBatch = (
  batch: readonly RowsToAppend[],
  onCommitted: (lastSeqs: ReadonlyMap<string, number>) => void,
) => Promise<ReadonlyMap<string, number>>;

export interface GroupAppendDeps {
  writeBatch: WriteBatch;
  /** Writes one append in a transaction of its own; says why it cannot. */
  appendAlone: (
    sessionId: string,
    fence: number,
    events: readonly NewEvent[],
    options: Pick<AppendEventsOptions, 'facts'>,
  ) => Promise<number>;
  /** Throws when the store is closed, or the caller is inside a transaction. */
  check: () => void;
  now: () => string;
  /** Batches that may be written at the same time. */
  maxInFlight: number;
}

interface Waiting extends RowsToAppend {
  onCommitted: (firstSeq: number) => void;
  settle: { resolve: (firstSeq: number) => void; reject: (error: unknown) => void };
  events: readonly NewEvent[];
  options: Pick<AppendEventsOptions, 'facts'>;
}

/** Most rows in one batch: bounds how long a batch takes, and so how long other appends wait. */
const MAX_BATCH_ROWS = 256;

/**
 * Group commit: appends requested while others are being written wait for those, and are then written together. When
 * nothing is being written, an append does not wait. An append that a batch left out is tried alone, so that its
 * failure does not fail others.
 */
export function createGroupAppend(deps: GroupAppendDeps): EventRepository['append'] {
  let waiting: Waiting[] = [];
  let inFlight = 0;
  /** Sessions with an uncommitted append. Their next append waits, so that a session's appends keep their order. */
  const busy = new Set<string>();

  const writeNext = (): void => {
    while (inFlight < deps.maxInFlight) {
      const batch = takeBatch(waiting, busy);
      if (batch.size === 0) return;
      waiting = waiting.filter((each) => batch.get(each.sessionId) !== each);
      for (const sessionId of batch.keys()) busy.add(sessionId);
      inFlight += 1;
      let holdsPlace = true;
      void write([...batch.values()], () => {
        if (!holdsPlace) return;
        holdsPlace = false;
        inFlight -= 1;
        writeNext();
      });
    }
  };

  /** Never rejects: errors go to the callers that requested the appends. */
  const write = async (batch: readonly Waiting[], release: () => void): Promise<void> => {
    let lastSeqs: ReadonlyMap<string, number> = new Map();
    const committed = new Set<Waiting>();
    const commit = (numbers: ReadonlyMap<string, number>) => {
      for (const each of batch) {
        const lastSeq = numbers.get(each.sessionId);
        if (lastSeq === undefined || committed.has(each)) continue;
        committed.add(each);
        busy.delete(each.sessionId);
        each.onCommitted(lastSeq - each.rows.length + 1);
      }
      release();
    };
    let failure: { error: unknown } | undefined;
    try {
      lastSeqs = await deps.writeBatch(batch, commit);
      commit(lastSeqs);
    } catch (error) {
      // After a broken connection or a failed flush it is unknown whether the append was stored, so it is not tried
      // again.
      if (!isStoreError(error) || error.code === 'unavailable') failure = { error };
    }
    for (const each of batch) {
      const { sessionId, fence, rows, events, options, onCommitted, settle } = each;
      const lastSeq = lastSeqs.get(sessionId);
      if (failure === undefined && lastSeq === undefined) {
        const done = () => {
          busy.delete(sessionId);
          writeNext();
        };
        const alone = deps.appendAlone(sessionId, fence, events, options);
        void alone.then(onCommitted, () => undefined);
        void alone.then(settle.resolve, settle.reject).finally(done);
        continue;
      }
      // After a commit, `busy` may already belong to the session's next append.
      if (!committed.has(each)) busy.delete(sessionId);
      if (failure !== undefined) settle.reject(failure.error);
      else if (lastSeq !== undefined) settle.resolve(lastSeq - rows.length + 1);
    }
    release();
    writeNext();
  };

  return async (sessionId, fence, events, { onCommitted = () => undefined, ...options } = {}) => {
    deps.check();
    if (events.length === 0 || events.length > MAX_BATCH_ROWS) {
      const first = await deps.appendAlone(sessionId, fence, events, options);
      onCommitted(first);
      return first;
    }
    const rows = toEventRows(events, deps.now());
    return new Promise<number>((resolve, reject) => {
      const facts = options.facts?.map(toAuditFactRow) ?? [];
      waiting.push({ sessionId, fence, rows, facts, events, options, onCommitted, settle: { resolve, reject } });
      writeNext();
    });
  };
}

/** As many as fit, in order, and at most one for each session that is not busy. */
function takeBatch(waiting: readonly Waiting[], busy: ReadonlySet<string>): Map<string, Waiting> {
  const batch = new Map<string, Waiting>();
  let rows = 0;
  for (const each of waiting) {
    if (rows + each.rows.length > MAX_BATCH_ROWS) break;
    if (batch.has(each.sessionId) || busy.has(each.sessionId)) continue;
    batch.set(each.sessionId, each);
    rows += each.rows.length;
  }
  return batch;
}
