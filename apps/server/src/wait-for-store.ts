import { setTimeout as sleep } from 'node:timers/promises';

import type { Config } from './config/load-config.ts';
import { openStartAnswers, type StartAnswers } from './gateway/platform/start-answers.ts';
import type { Store } from './store/port.ts';
import { isStoreError } from './store/store-error.ts';
import type { Logger } from './telemetry/logger.ts';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/**
 * Opens the store, and tries again for as long as its database cannot be reached, with 0.5 s, 1 s, 2 s, … 15 s between
 * attempts: a database that starts later or comes back is no reason to end. Meanwhile the server's address answers
 * health checks. Rejects at once with an error that lasts, such as a wrong password or a newer schema.
 */
export async function waitForStore(
  open: () => Promise<Store>,
  { config, logger }: { config: Pick<Config, 'host' | 'port'>; logger: Pick<Logger, 'warn' | 'info'> },
): Promise<Store> {
  let answers: StartAnswers | undefined;
  try {
    for (let attempts = 1; ; attempts += 1) {
      try {
        const store = await open();
        if (answers !== undefined) logger.info({ attempts }, 'the database answers, the start goes on');
        return store;
      } catch (error) {
        if (!isStoreError(error, 'unavailable')) throw error;
        const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS);
        logger.warn(
          { reason: error.message, attempts, delay_ms: delayMs },
          'the database cannot be reached: the start waits for it',
        );
        answers ??= await openStartAnswers(config, 'The server starts and waits for its database. Try again soon');
        await sleep(delayMs);
      }
    }
  } finally {
    await answers?.close();
  }
}
