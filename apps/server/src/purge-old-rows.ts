import type { Config } from './config/load-config.ts';
import type { Clock } from './lib/clock.ts';
import type { Store } from './store/port.ts';
import type { Logger } from './telemetry/logger.ts';
import { createRowPurge } from './store/row-purge.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Twice of what the protocol promises: long after a client could send a request again. */
const REQUESTS_KEPT_MS = 48 * HOUR_MS;

/** Forgets what is kept for a time, now and every hour, until `opening` is closed. */
export function purgeOldRows(
  { usageRetentionDays, webhookRetentionDays }: Pick<Config, 'usageRetentionDays' | 'webhookRetentionDays'>,
  {
    store: { idempotency, usage, webhookMessages },
    clock,
    logger,
    opening,
  }: { store: Store; clock: Clock; logger: Pick<Logger, 'error'>; opening: AsyncDisposableStack },
): void {
  const kinds = [
    { rows: 'ids of requests', of: idempotency, keptMs: REQUESTS_KEPT_MS },
    { rows: 'messages for the webhook', of: webhookMessages, keptMs: webhookRetentionDays * DAY_MS },
    // 0 keeps them.
    ...(usageRetentionDays === 0 ? [] : [{ rows: 'model calls', of: usage, keptMs: usageRetentionDays * DAY_MS }]),
  ];
  for (const { rows, of, keptMs } of kinds) {
    const purge = createRowPurge({
      ...{ keptMs, clock },
      purgeBefore: (time, limit) => of.purgeBefore(time, limit),
      onError: (error) => logger.error({ err: error, rows }, 'old rows could not be forgotten'),
    });
    purge.start();
    opening.defer(() => purge.close());
  }
}
