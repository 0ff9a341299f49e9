import { setTimeout as delay } from 'node:timers/promises';

import type { ElicitRequest } from '@modelcontextprotocol/sdk/types.js';

import type { ElicitationAnswer } from '../../permissions/elicitation.ts';

const MIN_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 15_000;
/** Shorter than the time after which a turn counts as stalled. */
const MAX_WAIT_MS = 4 * 60 * 1000;

/** The pages that people have opened for the calls that run. */
export interface OpenedPages {
  /**
   * Asks with `ask`. A page that people have opened already is not asked for again: nobody says when they are done there
   * (revision 2026-07-28), so the call is made again after pauses that grow, and given up after 4 minutes.
   */
  ask(
    params: ElicitRequest['params'],
    signal: AbortSignal,
    ask: () => Promise<ElicitationAnswer>,
  ): Promise<ElicitationAnswer>;
  forget(): void;
}

export function createOpenedPages(): OpenedPages {
  const opened = new Map<string, { sinceMs: number; pauseMs: number }>();

  return {
    async ask(params, signal, ask) {
      if (params.mode !== 'url') return ask();
      const page = opened.get(params.url);
      if (page === undefined) {
        const answer = await ask();
        if (answer.action === 'accept') opened.set(params.url, { sinceMs: performance.now(), pauseMs: MIN_PAUSE_MS });
        return answer;
      }
      if (performance.now() - page.sinceMs > MAX_WAIT_MS) return { action: 'cancel' };
      await delay(page.pauseMs, undefined, { signal });
      page.pauseMs = Math.min(page.pauseMs * 2, MAX_PAUSE_MS);
      return { action: 'accept' };
    },
    forget: () => opened.clear(),
  };
}
