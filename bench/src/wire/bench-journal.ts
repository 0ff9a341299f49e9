import { randomUUID } from 'node:crypto';

import { createJournal, type Journal } from '../../../apps/server/src/journal/journal.ts';
import { openStore } from '../../../apps/server/src/store/open-store.ts';
import type { Store } from '../../../apps/server/src/store/port.ts';

/** A journal on a real store, with sessions whose lease is held. */
export interface BenchJournal extends AsyncDisposable {
  journal: Journal;
  store: Store;
  sessions: readonly { id: string; fence: number }[];
}

/** Opens the store at `url` (`sqlite:PATH` or `postgres://…`) and creates `sessions` new sessions in it. */
export async function openBenchJournal(url: string, sessions: number): Promise<BenchJournal> {
  const store = await openStore({ url });
  const made: { id: string; fence: number }[] = [];
  for (let index = 0; index < sessions; index += 1) {
    const { id } = await store.sessions.create({
      id: `sesn_${randomUUID()}`,
      ownerId: 'bench',
      agentId: 'agent_default',
      agentVersion: 1,
      environmentId: 'env_default',
      permissionMode: 'default',
      agentSessionId: randomUUID(),
    });
    const acquired = await store.leases.acquire({ sessionId: id, nodeId: 'bench', ttlMs: 3_600_000 });
    made.push({ id, fence: acquired.lease.fence });
  }
  return { journal: createJournal({ store }), store, sessions: made, [Symbol.asyncDispose]: () => store.close() };
}
