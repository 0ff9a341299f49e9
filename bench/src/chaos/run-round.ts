import type { TestServer } from '@claude-sdk-pattern/testkit';

import { startFaultProxy } from '../../../packages/client/test/fault-proxy.ts';
import type { Tally } from '../soak/tally.ts';
import { pause, waitFor, type ChaosClient, type ChaosSession } from './chaos-client.ts';
import { checkCreated, checkSession } from './check-round.ts';
import { createFrameLedger, type OnceFrame } from './frame-ledger.ts';
import { openLibraryClient } from './library-client.ts';
import { openRawClient } from './raw-client.ts';
import { createSession, deleteSession, findByTitle, readStoredEvents, recall, waitUntilDone } from './server-view.ts';
import { openSseClient } from './sse-client.ts';
import type { Step } from './step.ts';

export interface RoundOptions {
  server: TestServer;
  /** Begins every id, token and title of the round. */
  name: string;
  steps: readonly Step[];
  tally: Tally;
}

/** Sessions without turns: what is sent there needs no process. There is one more session, which has turns. */
const QUIET_SESSIONS = 3;
const KINDS = {
  raw: openRawClient,
  raw2: openRawClient,
  raw3: openRawClient,
  raw4: openRawClient,
  sse: openSseClient,
  library: openLibraryClient,
  fallback: (deps: Parameters<typeof openLibraryClient>[0]) => openLibraryClient(deps, { refuseUpgrades: true }),
} as const;
/** How many steps of one client may wait before the plan waits for the client. */
const MAX_BEHIND = 6;

/**
 * Runs one plan with its own clients and sessions, waits until everything is finished, and compares what was seen,
 * answered and recalled with the store. The tally receives the problems.
 */
export async function runRound({ server, name, steps, tally }: RoundOptions): Promise<void> {
  const ledger = createFrameLedger(name, tally);
  const sessions: ChaosSession[] = [];
  // The session with turns is created first, so that the process started ahead belongs to it.
  for (let index = 0; index <= QUIET_SESSIONS; index += 1)
    sessions.push({ id: await createSession(server, `${name}-${index}`), talking: index === 0 });

  await using opened = new AsyncDisposableStack();
  const clients: ChaosClient[] = [];
  for (const [kind, open] of Object.entries(KINDS)) {
    const proxy = opened.use(await startFaultProxy(server));
    const self = clients.length;
    const relayElsewhere = (frame: OnceFrame) => clients[(self + 1) % clients.length]?.relay(frame);
    const deps = { name: `${name}-${kind}`, proxy, apiKey: server.apiKey, sessions, ledger, tally, relayElsewhere };
    clients.push(opened.use(open(deps)));
  }

  await play(steps, { clients, server, tally });
  await Promise.all(clients.map((client) => client.settle()));
  // Frames relayed for other clients may still be in flight, and would be stored after the store was read.
  for (const { talking, id } of sessions) if (talking) await waitUntilDone(server, id);
  const checked = [];
  for (const session of sessions) {
    const recalled = session.talking ? ((await recall(server, session.id, name)) ?? []) : undefined;
    checked.push({ ...session, stored: await readStoredEvents(server, session.id), recalled });
  }
  const lastSeqs = new Map(checked.map(({ id, stored }) => [id, stored.length]));
  for (const client of clients) {
    await client
      .catchUp(lastSeqs)
      .catch((error: unknown) => tally.problem('events.lost', error instanceof Error ? error.message : String(error)));
  }
  for (const session of checked) checkSession(session, { ledger, clients, tally });
  const made = await findByTitle(server, `${name}-c`);
  checkCreated(made, { ledger, tally });
  tally.add('rounds');
  await opened.disposeAsync();
  for (const { id } of [...sessions, ...made]) await deleteSession(server, id);
}

async function play(
  steps: readonly Step[],
  { clients, server, tally }: { clients: readonly ChaosClient[]; server: TestServer; tally: Tally },
): Promise<void> {
  const lanes = clients.map((client) => ({ client, behind: 0, done: Promise.resolve() }));
  let failure: unknown;
  let serving = Promise.resolve();
  for (const step of steps) {
    if (step.actor === 'server') {
      await serving;
      const { kind } = step;
      serving = (async () => {
        if (kind === 'kill') await server.kill('SIGKILL');
        await server.restart();
        tally.add(`fault.server.${kind}`);
      })();
      serving.catch((error: unknown) => (failure ??= error));
    } else {
      const lane = lanes[step.client % lanes.length];
      if (lane === undefined) continue;
      await waitFor(`${lane.client.name} keeps up`, () => lane.behind < MAX_BEHIND || failure !== undefined);
      lane.behind += 1;
      const { act } = step;
      lane.done = lane.done
        .then(() => lane.client.act(act))
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => (lane.behind -= 1));
    }
    if (failure !== undefined) break;
    await pause(step.gapMs);
  }
  await Promise.all([serving.catch(() => undefined), ...lanes.map(({ done }) => done)]);
  if (failure !== undefined) throw new Error('A step could not be done', { cause: failure });
}
