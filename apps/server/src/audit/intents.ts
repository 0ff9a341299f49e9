import { randomUUID } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toAuditFact, type Fact } from './fact.ts';

export interface AuditIntentsDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  /** Of this server. One that starts has no other that lives. */
  nodeId: string;
  clock: Clock;
  logger: Logger;
}

/** Facts of changes that have transactions of their own, such as those of accounts. */
export interface AuditIntents {
  /** See `ChangeRecorder.during`. */
  during<T>(intent: Fact, work: () => Promise<T>, toFacts?: (result: T) => readonly Fact[]): Promise<T>;
  /** Records what servers that ended meanwhile had begun: whether it was done is not known. */
  settleLeft(): Promise<void>;
  /** The same for servers that do not come back, while this one runs. */
  settleOld(): Promise<void>;
}

/** No change takes that long. */
const OLD_MS = 60 * 60 * 1000;

export function createAuditIntents({ store, nodeId, clock, logger }: AuditIntentsDeps): AuditIntents {
  const settle = async (id: string, facts: readonly Fact[]): Promise<void> =>
    store.transaction(async ({ audit }) => {
      await audit.removeIntent(id);
      await audit.add(facts.map((fact) => toAuditFact(fact, clock.now())));
    });

  const settleAll = async (of: string): Promise<void> => {
    const before = new Date(clock.now() - OLD_MS).toISOString();
    const left = await store.audit.listIntents({ nodeId: of, before });
    for (const { id, fact } of left) {
      await store.transaction(async ({ audit }) => {
        // Only one server records it.
        if (await audit.removeIntent(id)) await audit.add([{ ...fact, outcome: 'unknown' }]);
      });
    }
    if (left.length > 0)
      logger.warn({ changes: left.length }, 'changes were begun whose end is not known: see the audit log');
  };

  return {
    async during(intent, work, toFacts = () => [intent]) {
      const id = randomUUID();
      await store.audit.addIntent({ id, nodeId, fact: toAuditFact(intent, clock.now()) });
      let result;
      try {
        result = await work();
      } catch (error) {
        // A refusal has changed nothing. Anything else may have happened in part.
        const isRefusal = error instanceof CspError && error.status < 500;
        await settle(id, isRefusal ? [] : [{ ...intent, outcome: 'failure' }]);
        throw error;
      }
      await settle(id, toFacts(result));
      return result;
    },

    settleLeft: () => settleAll(nodeId),
    // No server has this id.
    settleOld: () => settleAll(''),
  };
}
