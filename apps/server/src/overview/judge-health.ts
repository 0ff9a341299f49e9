import type { HealthPart } from '@claude-sdk-pattern/protocol';

import { DISK_FULL, DISK_LOW, LAG_SLOW_MS, type AttentionFacts } from './find-attention.ts';

const LAG_BAD_MS = 1000;
/** One round trip to the database. */
const STORE_SLOW_MS = 250;

export interface HealthFacts extends AttentionFacts {
  /** Of one round trip to the database; null where it does not answer. */
  storeMs: number | null;
}

/** How each part of the server is. */
export function judgeHealth(facts: HealthFacts): HealthPart[] {
  const { storeMs, diskFree, upstreams, spareFailures, queueLength, lagMs, plugins, webhook } = facts;
  const open = upstreams.filter(({ state }) => state !== 'closed').length;
  return [
    { part: 'database', state: toState(storeMs === null, (storeMs ?? 0) > STORE_SLOW_MS), value: storeMs },
    {
      part: 'disk',
      state: toState((diskFree ?? 1) < DISK_FULL, diskFree === null || diskFree < DISK_LOW),
      value: diskFree,
    },
    { part: 'model_api', state: toState(facts.isOutage, open > 0), value: open },
    { part: 'processes', state: toState(spareFailures >= 3, spareFailures > 0 || queueLength > 0), value: queueLength },
    { part: 'event_loop', state: toState(lagMs >= LAG_BAD_MS, lagMs >= LAG_SLOW_MS), value: lagMs },
    { part: 'plugins', state: toState(false, plugins.length > 0), value: plugins.length },
    { part: 'webhook', state: toState(false, webhook.failing > 0), value: webhook.failing },
  ];
}

function toState(isBad: boolean, isWarned: boolean): HealthPart['state'] {
  if (isBad) return 'bad';
  return isWarned ? 'warn' : 'ok';
}
