import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';

import { createAgentCommandBook } from '../agent-process/agent-commands.ts';
import { openTestHost } from '../hosts/fixtures/open-test-host.ts';
import { createUsageRecorder } from '../usage/usage-recorder.ts';
import { createJournal } from '../journal/journal.ts';
import { createLimiter } from '../lib/limiter.ts';
import { createSessionTokens } from '../model-gateway/session-tokens.ts';
import { openStore } from '../store/open-store.ts';
import { createDefaultDefinitions, DEFAULT_AGENT_ID, DEFAULT_ENVIRONMENT_ID } from '../definitions/defaults.ts';
import { createSession } from '../store/contract/back-end.ts';
import type { Store } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { Host } from '../hosts/host.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { AgentDeps } from '../processes/create-agent.ts';
import { createProcesses, type Processes } from '../processes/processes.ts';
import { ServedSessions } from './served-sessions.ts';
import { createWorkspaces, type Workspaces } from '../workspaces/workspaces.ts';
import type { SessionDeps } from './session-deps.ts';

export interface SessionsOptions extends Partial<SessionDeps> {
  /** By default a host that cannot start processes. */
  host?: Host;
}

/** For tests: sessions on a real store and a real journal. Without a host of the test's own none can have a process. */
export async function openSessions({ host, ...overrides }: SessionsOptions = {}) {
  const stack = new AsyncDisposableStack();
  const { path: dataDir } = stack.use(await mkdtempDisposable(join(tmpdir(), 'csp-served-')));
  const store = overrides.store ?? stack.use(await openStore({ url: 'sqlite::memory:' }));
  const workspaces = createWorkspaces({ dataDir });
  const noFile = () => Promise.reject(new Error('There are no files'));
  const deps: SessionDeps = {
    store,
    files: { get: noFile, readOwned: noFile },
    journal: createJournal({ store }),
    processes: await createTestProcesses({ store, workspaces, host: host ?? stack.use(openTestHost()).host }),
    commands: createAgentCommandBook(),
    usage: createUsageRecorder({ store, logger: pino({ level: 'silent' }) }),
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    logger: pino({ level: 'silent' }),
    ...{ nodeId: 'node_1', workspaces, confines: false },
    quotas: { storedSessions: 1000, runningSessions: 1000, queuedMessages: 1000 },
    findRole: async () => 'user',
    hookHandlers: [],
    maxDiskBytes: Infinity,
    defaultModel: undefined,
    ...{ idleTimeoutMs: 60_000, stallTimeoutMs: 60_000 },
    ...overrides,
  };
  const served = new ServedSessions(deps, { onChange: () => undefined });
  stack.defer(() => served.stopNow());
  return {
    deps,
    dataDir,
    served,
    store,
    listTypes: async (sessionId: string) =>
      (await store.events.list(sessionId, { order: 'asc', limit: 100 })).map(({ body }) => body.type),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** One place and no spares. The definitions of the default agent and environment are stored. */
async function createTestProcesses({
  store,
  workspaces,
  host,
}: {
  store: Store;
  workspaces: Workspaces;
  host: Host;
}): Promise<Processes> {
  await createDefaultDefinitions(store);
  return createProcesses({
    ...toAgentDeps({ store, host }),
    store,
    starts: createLimiter(1),
    tokens: createSessionTokens(),
    clock: { now: Date.now, uptimeMs: () => performance.now() },
    metrics: createMetrics(),
    workspaces,
    defaultModel: undefined,
    limits: {
      ...{ maxProcesses: 1, leastSpares: 0, maxWaitingPerOwner: 1, maxWaitMs: 1000, minFreeBytes: 0 },
      ...{ maxRssBytes: Infinity, maxDurationSeconds: Infinity, maxDiskBytes: Infinity },
    },
  });
}

/** The dependencies of an agent process in a test. */
export function toAgentDeps({ store, host }: Pick<AgentDeps, 'host' | 'store'>): AgentDeps {
  return {
    ...{ store, host, gatewayUrl: 'http://127.0.0.1:1', agentPath: '/bin', modelMaxRetries: 1 },
    agentNetwork: 'unrestricted',
    commands: createAgentCommandBook(),
    logger: pino({ level: 'silent' }),
  };
}

/** A session of the default agent and environment, whose definitions are in the store. */
export function createDefaultSession(store: Store): Promise<Session> {
  return createSession(store, { agentId: DEFAULT_AGENT_ID, environmentId: DEFAULT_ENVIRONMENT_ID });
}
