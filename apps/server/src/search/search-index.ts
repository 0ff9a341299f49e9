import { setImmediate } from 'node:timers/promises';

import type { SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import type { Store } from '../store/port.ts';
import type { SearchEntry, StaleSession } from '../store/search.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Logger } from '../telemetry/logger.ts';
import { MAX_SEARCHED } from './excerpt.ts';
import { SEARCHED_TYPES, toSearchableText } from './searchable-text.ts';
import { splitHumps, splitWords } from './split-words.ts';

/** Follows the journals, so that sessions are found by what was said in them. Never in the way of a turn. */
export interface SearchIndex {
  /** Looks through everything once, in the background: a server may have died before it had. */
  start(): void;
  /** Something new was published in a session of this server. */
  note(sessionId: string): void;
  /** Resolves when what was noted before is found. */
  settle(): Promise<void>;
  /** Stops after the step that runs. */
  close(): Promise<void>;
}

export interface SearchIndexDeps {
  store: Pick<Store, 'kind' | 'search' | 'sessions' | 'events'>;
  clock: Clock;
  logger: Pick<Logger, 'warn'>;
  timers?: Timers;
}

/** What is said within this time is stored together. */
const DELAY_MS = 1000;
/** What other servers did not come to. */
const SWEEP_MS = 5 * 60_000;
const SWEPT_BACK_MS = 3 * SWEEP_MS;
const PAGE = 200;
/** Texts in one transaction: on SQLite it holds up everything else, a few milliseconds. */
const STEP = { sqlite: 20, postgres: 200 } as const;
/** Words of one text. Of longer ones only the beginning is found. */
const MAX_WORDS = 8000;

export function createSearchIndex(deps: SearchIndexDeps): SearchIndex {
  const { store, clock, logger, timers = systemTimers } = deps;
  const noted = new Set<string>();
  const closing = new AbortController();
  let cancelRun: (() => void) | undefined;
  let endSweeps: (() => void) | undefined;
  let sweeping = Promise.resolve();

  /** False when nothing was left to do. */
  async function step(sessionId: string): Promise<boolean> {
    const [session, before] = [await store.sessions.find(sessionId), await store.search.findProgress(sessionId)];
    if (session === undefined) return false;
    const limit = STEP[store.kind];
    if (before !== undefined && before.ownerId !== session.ownerId) {
      await store.search.remove(sessionId, limit);
      return true;
    }
    const entries: SearchEntry[] = [];
    // Also a title that is gone takes the place of the one before.
    if (session.title !== (before?.title ?? null)) entries.push(toTitleEntry(session.title ?? ''));
    const events = await store.events.list(sessionId, { types: SEARCHED_TYPES, after: before?.throughSeq ?? 0, limit });
    const isAll = events.length < limit;
    // Some may have come since the session was read.
    const lastSeq = events.at(-1)?.seq ?? 0;
    const throughSeq = isAll ? Math.max(session.lastSeq, before?.throughSeq ?? 0, lastSeq) : lastSeq;
    if (entries.length === 0 && before?.throughSeq === throughSeq) return false;
    entries.push(...events.flatMap(toEntry));
    const after = { ownerId: session.ownerId, title: session.title, throughSeq };
    await store.search.add(sessionId, { before, after, entries });
    return !isAll;
  }

  async function follow(sessionId: string): Promise<void> {
    try {
      while (!closing.signal.aborted && (await step(sessionId))) await setImmediate();
    } catch (error) {
      logger.warn({ err: error, session_id: sessionId }, 'what was said in a session cannot be found yet');
    }
  }

  const run = shareNextRun(async () => {
    const sessionIds = [...noted];
    noted.clear();
    for (const sessionId of sessionIds) await follow(sessionId);
  });

  async function sweep(updatedFrom: string): Promise<void> {
    for (let before: StaleSession | undefined; !closing.signal.aborted;) {
      const page = await store.search.listStale({ updatedFrom, before, limit: PAGE });
      for (const { id } of page) await follow(id);
      before = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  const startSweep = (updatedFrom: string) => {
    sweeping = sweeping
      .then(() => sweep(updatedFrom))
      .catch((error: unknown) => logger.warn({ err: error }, 'sessions could not be looked through for the search'));
  };

  return {
    start() {
      startSweep('');
      endSweeps = timers.every(SWEEP_MS, () => startSweep(new Date(clock.now() - SWEPT_BACK_MS).toISOString()));
    },
    note(sessionId) {
      noted.add(sessionId);
      cancelRun ??= timers.after(DELAY_MS, () => {
        cancelRun = undefined;
        if (!closing.signal.aborted) void run();
      });
    },
    async settle() {
      await sweeping;
      await run();
    },
    async close() {
      closing.abort();
      cancelRun?.();
      endSweeps?.();
      await sweeping;
      await run();
    },
  };
}

/** Whether there is something to search in one of these. */
export function isSearched(event: Pick<SessionEvent, 'type'>): boolean {
  return (SEARCHED_TYPES as readonly string[]).includes(event.type);
}

function toTitleEntry(title: string): SearchEntry {
  return { seq: 0, kind: 'title', words: toWords(title) };
}

function toEntry({ seq, body }: StoredEvent): SearchEntry[] {
  const found = toSearchableText(body);
  return found === undefined ? [] : [{ seq, kind: found.kind, words: toWords(found.text) }];
}

function toWords(text: string): string[] {
  const searched = text.slice(0, MAX_SEARCHED);
  const words = [...splitWords(searched)].slice(0, MAX_WORDS).map(({ word }) => word);
  return [...words, ...new Set(splitHumps(searched))].slice(0, 2 * MAX_WORDS);
}
