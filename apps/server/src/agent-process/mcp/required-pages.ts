import { setTimeout as delay } from 'node:timers/promises';

import {
  ElicitRequestURLParamsSchema,
  ErrorCode,
  McpError,
  type CallToolResult,
  type ElicitRequestURLParams,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

import type { ElicitationAnswer } from '../../permissions/elicitation.ts';

export interface RequiredPagesDeps {
  /** Name of the server in the agent's definition. */
  name: string;
  /** Asks people to open a page. */
  ask(page: ElicitRequestURLParams, signal: AbortSignal): Promise<ElicitationAnswer>;
  /** Before a call is made again where the server does not say that people are done; doubles each time. */
  minPauseMs: number;
}

/** Calls that a server refuses until people have done something on a page (error -32042). */
export interface RequiredPages {
  /** The server says that people are done with a page. */
  noteDone(elicitationId: string): void;
  /**
   * Makes the call. Where the server refuses it because of pages, asks people to open them, and makes it again when they are
   * done: when the server says so, and now and then before that, because it need not.
   */
  call(make: () => Promise<CallToolResult>, signal: AbortSignal): Promise<CallToolResult>;
}

const PAGES_REQUIRED: number = ErrorCode.UrlElicitationRequired;
const MAX_PAGES = 5;
const MAX_PAUSE_MS = 15_000;
/** Shorter than the time after which a turn counts as stalled. */
const MAX_WAIT_MS = 4 * 60 * 1000;
/** Ids that came when no call waited for them: the notice may be faster than the refusal. */
const MAX_DONE = 100;
/** A longer id is not kept; the call is made again after a pause all the same. */
const MAX_ID_CHARS = 1000;

const required = z.object({ elicitations: z.array(ElicitRequestURLParamsSchema).min(1).max(MAX_PAGES) });

export function createRequiredPages({ name, ask, minPauseMs }: RequiredPagesDeps): RequiredPages {
  const done = new Set<string>();
  const listeners = new Set<() => void>();

  /** Resolves when people are done with these pages, or after the pause. */
  const waitFor = async (ids: readonly string[], pauseMs: number, signal: AbortSignal): Promise<void> => {
    const isDone = () => ids.every((id) => done.has(id));
    if (isDone()) return;
    const told = new AbortController();
    const listener = () => isDone() && told.abort();
    listeners.add(listener);
    await delay(pauseMs, undefined, { signal: AbortSignal.any([signal, told.signal]) }).catch(() => undefined);
    listeners.delete(listener);
    signal.throwIfAborted();
  };

  return {
    noteDone(elicitationId) {
      if (elicitationId.length > MAX_ID_CHARS) return;
      done.add(elicitationId);
      for (const oldest of done) {
        if (done.size <= MAX_DONE) break;
        done.delete(oldest);
      }
      for (const listener of listeners) listener();
    },

    async call(make, signal) {
      const opened = new Set<string>();
      let pauseMs = minPauseMs;
      let waitedUntilMs = 0;
      for (;;) {
        let pages: readonly ElicitRequestURLParams[];
        try {
          return await make();
        } catch (error) {
          const found = findRequired(error);
          if (found === undefined) throw error;
          pages = found;
        }
        for (const page of pages) {
          if (opened.has(page.elicitationId)) continue;
          const { action } = await ask(page, signal);
          if (action !== 'accept') return toRefusal(`The user has not opened the page that ${name} requires`);
          opened.add(page.elicitationId);
          pauseMs = minPauseMs;
          waitedUntilMs = performance.now() + MAX_WAIT_MS;
        }
        if (performance.now() >= waitedUntilMs)
          return toRefusal(`The user has opened the page that ${name} requires, but is not done there`);
        const ids = pages.map(({ elicitationId }) => elicitationId);
        await waitFor(ids, pauseMs, signal);
        for (const id of ids) done.delete(id);
        pauseMs = Math.min(pauseMs * 2, Math.max(MAX_PAUSE_MS, minPauseMs));
      }
    },
  };
}

function findRequired(error: unknown): readonly ElicitRequestURLParams[] | undefined {
  if (!(error instanceof McpError) || error.code !== PAGES_REQUIRED) return undefined;
  return required.safeParse(error.data).data?.elicitations;
}

function toRefusal(why: string): CallToolResult {
  const text = `${why}, so the call did not run. Ask the user before you make it again`;
  return { isError: true, content: [{ type: 'text', text }] };
}
