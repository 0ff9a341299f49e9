import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';

import { createAgentCommandBook } from '../agent-process/agent-commands.ts';
import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import { createJournal } from '../journal/journal.ts';
import { createLimiter } from '../lib/limiter.ts';
import { createSessionTokens } from '../model-gateway/session-tokens.ts';
import { openStore } from '../store/open-store.ts';
import { DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import { createSession } from '../store/contract/back-end.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import { createPlaces } from '../processes/places.ts';
import { ServedSessions } from './served-sessions.ts';
import type { SessionDeps } from './session-deps.ts';

/** Sessions on a real store and a real journal, for tests. Without a launcher of the test's own none can have a process. */
export async function openSessions(overrides: Partial<SessionDeps> = {}) {
  const stack = new AsyncDisposableStack();
  const { path: dataDir } = stack.use(await mkdtempDisposable(join(tmpdir(), 'csp-served-')));
  const store = overrides.store ?? stack.use(await openStore({ url: 'sqlite::memory:' }));
  const opened = stack.use(openTestHost());
  const noFile = () => Promise.reject(new Error('There are no files'));
  const deps: SessionDeps = {
    store,
    files: { get: noFile, readOwned: noFile },
    journal: createJournal({ store }),
    places: createPlaces({
      ...{ max: 1, maxWaitingPerOwner: 1, maxWaitMs: 1000, clock: { uptimeMs: () => performance.now() } },
      ...{ hasMemory: () => true, askForRoom: () => undefined },
    }),
    starts: createLimiter(1),
    pool: {
      take: () => undefined,
      state: {
        ...{ ready: 0, readyByProfile: new Map(), starting: 0, ending: 0, wanted: 0, failures: 0 },
        lastFailure: undefined,
      },
    },
    host: opened.host,
    commands: createAgentCommandBook(),
    usage: { flush: () => Promise.resolve() },
    tokens: createSessionTokens(),
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    logger: pino({ level: 'silent' }),
    ...{ nodeId: 'node_1', dataDir, gatewayUrl: 'http://127.0.0.1:1', agentPath: '/bin', modelMaxRetries: 1 },
    agentNetwork: 'unrestricted',
    quotas: { storedSessions: 1000, runningSessions: 1000, queuedMessages: 1000 },
    findRole: async () => 'user',
    maxDiskBytes: Infinity,
    defaultModel: undefined,
    ...{ idleTimeoutMs: 60_000, stallTimeoutMs: 60_000 },
    ...overrides,
  };
  const served = new ServedSessions(deps, { onChange: () => undefined });
  stack.defer(() => served.stopNow());
  return {
    deps,
    served,
    store,
    listTypes: async (sessionId: string) =>
      (await store.events.list(sessionId, { order: 'asc', limit: 100 })).map(({ body }) => body.type),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A session of the default agent and environment, whose definitions are in the store. */
export function createDefaultSession(store: Store): Promise<Session> {
  return createSession(store, { agentId: DEFAULT_AGENT_ID, environmentId: DEFAULT_ENVIRONMENT_ID });
}
