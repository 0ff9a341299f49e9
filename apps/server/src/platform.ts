import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';
import { startScriptedModel } from '@claude-sdk-pattern/scripted-model';

import { createAgentCommandBook } from './agent-process/agent-commands.ts';
import { selectHost } from './hosts/select-host.ts';
import { findDataDirNames } from './data-dir/data-dir-names.ts';
import { toDatabaseUrl } from './config/database-url.ts';
import type { Config } from './config/load-config.ts';
import { lockDataDir } from './data-dir/lock-data-dir.ts';
import { loadServerSecrets } from './data-dir/server-secrets.ts';
import { checkWritable, toDataDirError } from './data-dir/storage-problem.ts';
import { useOwnTempDir } from './data-dir/temp-dir.ts';
import { createDefaultDefinitions } from './definitions/defaults.ts';
import { createDefinitionService } from './definitions/definition-service.ts';
import { openFileService } from './files/file-service.ts';
import { createGateway } from './gateway/create-gateway.ts';
import { createJournal } from './journal/journal.ts';
import { createUptimeClock, systemClock } from './lib/clock.ts';
import { createPlatformIdentity, toBaseUrl, toSignInLink } from './platform-identity.ts';
import { createLimiter } from './lib/limiter.ts';
import { isSocketPath } from './model-gateway/listen-on-socket.ts';
import { startModelGateway } from './model-gateway/model-gateway.ts';
import { createSessionTokens } from './model-gateway/session-tokens.ts';
import type { GatewayUpstream } from './model-gateway/upstream.ts';
import { createEventCounter } from './sessions/count-events.ts';
import { createLeftFolders } from './sessions/left-folders.ts';
import { createProcesses, type ProcessLimits } from './processes/processes.ts';
import type { SessionQuotas } from './sessions/quotas.ts';
import type { SessionDeps } from './sessions/session-deps.ts';
import { toRetentionDays } from './sessions/retention-days.ts';
import { createRetention } from './sessions/retention.ts';
import { SessionService } from './sessions/session-service.ts';
import { listExpiredSessions, listUsedEnvironments } from './store/expired-sessions.ts';
import { openStore } from './store/open-store.ts';
import { createRequestPurge } from './store/purge-requests.ts';
import type { Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createUsageRecorder } from './usage/usage-recorder.ts';

export interface PlatformOptions {
  logger: Logger;
  version: string;
  /** Where agents run; the configuration says it when left out. */
  chooseHost?: typeof selectHost;
}

/** A running platform. */
export interface Platform {
  /** Where it listens, as people open it. */
  readonly url: string;
  /** A one-time link when nobody has a way in yet. */
  readonly signInLink: string | undefined;
  /** True while nobody has come in with the bootstrap key that is configured. */
  readonly needsBootstrapHint: boolean;
  /** Lets turns finish for the configured time, then stops. Idempotent. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  stopNow(): Promise<void>;
}

const MIB = 1024 * 1024;
const WEB_DIR = join(import.meta.dirname, '../../web/dist');

/**
 * The one composition root: opens what the platform is made of, in the order of design, and closes it last opened
 * first. Rejects with what could not be opened, a `ConfigError` where the data directory cannot be written; what was open by
 * then is closed.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  try {
    return await open(config, options);
  } catch (error) {
    throw toDataDirError(error, config.dataDir) ?? error;
  }
}

async function open(config: Config, options: PlatformOptions): Promise<Platform> {
  const { logger, version, chooseHost = selectHost } = options;
  await using opening = new AsyncDisposableStack();
  const uptime = createUptimeClock();
  opening.defer(() => uptime.close());
  const clock = { ...systemClock, uptimeMs: uptime.uptimeMs };
  const metrics = createMetrics();
  opening.defer(() => metrics.close());

  const secrets = await loadServerSecrets(config);
  opening.use(await lockDataDir(config.dataDir));
  const removeLeftTemporary = await useOwnTempDir(config.dataDir);
  const onPurgeError = (error: unknown) =>
    logger.error({ err: error }, 'rows of deleted sessions could not be removed; the next start tries again');
  const store = opening.use(
    await openStore({
      url: toDatabaseUrl(config),
      onConnectionError: (error) => logger.warn({ err: error }, 'a database connection broke'),
      onPurgeError,
    }),
  );
  store.purgeDeleted().catch(onPurgeError);
  const usage = createUsageRecorder({ store, logger });
  opening.defer(() => usage.close());
  const upstream = await openUpstream(config, opening);
  const tokens = createSessionTokens();
  const socketPath = join(config.dataDir, 'run', 'model.sock');
  const modelSocket = isSocketPath(socketPath) ? socketPath : undefined;
  const modelGateway = await startModelGateway({
    upstream,
    tokens,
    clock,
    logger,
    socketPath: modelSocket,
    maxRetries: config.modelMaxRetries,
    onRequest(request) {
      metrics.modelRequests.inc({ status: String(request.statusCode ?? 'none') });
      usage.record(request);
    },
  });
  opening.defer(() => modelGateway.close());

  const identity = createPlatformIdentity({ config, store, secrets, logger });
  await identity.start();
  await createDefaultDefinitions(store);
  const files = await openFileService({
    files: store.files,
    dir: join(config.dataDir, 'files'),
    maxBytes: config.maxFileMb * MIB,
    quota: { count: config.maxFilesPerUser, bytes: config.maxFilesMbPerUser * MIB },
    now: () => clock.now(),
  });
  const requestPurge = createRequestPurge({
    ...{ idempotency: store.idempotency, clock },
    onError: (error) => logger.error({ err: error }, 'the ids of old requests could not be forgotten'),
  });
  requestPurge.start();
  opening.defer(() => requestPurge.close());

  const { host, reason } = await chooseHost(config, { modelSocket, nodeId: secrets.nodeId, clock, logger });
  opening.defer(() => host.close());
  logger[host.confines ? 'info' : 'warn'](
    { launcher: host.name, confines: host.confines, reason, networking: config.agentNetwork },
    host.confines ? 'agents are confined' : 'agents are not confined',
  );
  const orphans = await host.endLeft();
  if (orphans > 0) logger.warn({ processes: orphans }, 'ended processes that a dead server left');

  const commands = createAgentCommandBook();
  const processes = await createProcesses({
    ...{ store, tokens, commands, clock, logger, metrics },
    starts: createLimiter(availableParallelism()),
    host,
    gatewayUrl: modelGateway.url,
    dataDir: config.dataDir,
    agentPath: config.agentPath,
    agentNetwork: config.agentNetwork,
    modelMaxRetries: config.modelMaxRetries,
    defaultModel: config.defaultModel,
    limits: toProcessLimits(config),
  });
  const sessionDeps: SessionDeps = {
    ...{ store, files, processes, commands, usage, clock, logger },
    journal: createJournal({ store, onPublished: createEventCounter(metrics) }),
    nodeId: secrets.nodeId,
    dataDir: config.dataDir,
    confines: host.confines,
    findRole: (userId) => identity.findRole(userId),
    quotas: toQuotas(config),
    maxDiskBytes: toMaxDiskBytes(config),
    defaultModel: config.defaultModel,
    idleTimeoutMs: config.sessionIdleTimeoutSeconds * 1000,
    stallTimeoutMs: config.turnStallTimeoutSeconds * 1000,
  };
  const sessions = new SessionService(sessionDeps);
  processes.serve({
    list: () => sessions.served,
    onDeleted: (listener) =>
      sessions.onChanged((change) => {
        if (change.type === 'deleted') listener(change.sessionId);
      }),
  });
  metrics.onScrape(() => metrics.sessionsInMemory.set(sessions.served.length));

  let stopping: Promise<void> | undefined;
  const gateway = await createGateway({
    identity,
    definitions: createDefinitionService(store),
    files,
    sessions,
    processes: processes.operations,
    metrics,
    logger,
    allowedOrigins: config.publicUrl === undefined ? [] : [new URL(config.publicUrl).origin],
    isHttps: config.publicUrl?.startsWith('https:') === true,
    trustedProxies: config.trustedProxies,
    maxConnectionsPerUser: config.maxConnectionsPerUser,
    webDir: WEB_DIR,
    demo: config.upstream.kind === 'demo',
    version,
    unconfined: host.confines ? null : reason,
    maxFileBytes: config.maxFileMb * MIB,
    dataDirNames: await findDataDirNames(config.dataDir),
    models: config.models
      .split(',')
      .map((model) => model.trim())
      .filter((model) => model !== ''),
    // Who is sent here while it stops would have to be sent away.
    async checkReady() {
      if (stopping !== undefined) throw new CspError('stopping', 'The server is stopping');
      await store.ping();
      await checkWritable(config.dataDir);
    },
  });
  opening.defer(() => gateway.close());
  // Before anybody can ask for a fork, whose folders are marked in the same way.
  const leftFolders = createLeftFolders(sessionDeps);
  await leftFolders.start();
  opening.defer(() => leftFolders.close());
  await gateway.listen({ host: config.host, port: config.port });
  // Whatever agents have left is looked at only now: no session can keep the server from answering.
  await sessions.start();
  processes.start();
  opening.defer(() => processes.endSpares());
  opening.defer(() => sessions.stopNow());
  opening.defer(() => processes.stopWatching());
  const retention = createRetention({
    listEnvironments: () => listUsedEnvironments(store),
    retentionDaysOf: async (id) => toRetentionDays(await store.environments.find(id), config.eventRetentionDays),
    listExpired: (expired) => listExpiredSessions(store, expired),
    deleteSession: ({ id }, unused) => sessions.deleteUnused(id, unused),
    onDeleted: () => metrics.sessionsExpired.inc(),
    clock,
    logger,
  });
  retention.start();
  opening.defer(() => retention.close());
  removeLeftTemporary().catch((error: unknown) => logger.warn({ err: error }, 'temporary files could not be removed'));

  const { port } = gateway.server.address() as AddressInfo;
  const url = toBaseUrl(config, port);
  const signInLink = (await identity.needsSignInLink())
    ? toSignInLink(url, (await identity.createSignInLink()).token)
    : undefined;

  const needsBootstrapHint = await identity.needsBootstrapHint();

  const stopSessionsThen = async (release: () => Promise<void>) => {
    try {
      await sessions.stop({ graceMs: config.shutdownGraceSeconds * 1000 });
    } finally {
      await release();
    }
  };

  const running = opening.move();
  return {
    url,
    signInLink,
    needsBootstrapHint,
    stop() {
      stopping ??= stopSessionsThen(() => running.disposeAsync());
      return stopping;
    },
    async stopNow() {
      await Promise.all([processes.endSpares(), sessions.stopNow()]);
    },
  };
}

async function openUpstream(config: Config, opening: AsyncDisposableStack): Promise<GatewayUpstream> {
  if (config.upstream.kind === 'api') return config.upstream;
  const demo = opening.use(await startScriptedModel());
  return { baseUrl: demo.url, apiKey: 'demo' };
}

function toProcessLimits(config: Config): ProcessLimits {
  return {
    maxProcesses: config.maxSessions,
    leastSpares: config.prewarmPoolSize,
    maxWaitingPerOwner: config.maxQueuedPerUser,
    maxWaitMs: config.queueTimeoutSeconds * 1000,
    minFreeBytes: config.minFreeMemoryMb * MIB,
    maxRssBytes: config.maxSessionRssMb * MIB,
    maxDurationSeconds: config.maxSessionDurationSeconds,
    maxDiskBytes: toMaxDiskBytes(config),
  };
}

function toQuotas(config: Config): SessionQuotas {
  return {
    storedSessions: config.maxStoredSessionsPerUser,
    runningSessions: config.maxRunningSessionsPerUser ?? Number.POSITIVE_INFINITY,
    queuedMessages: config.maxQueuedMessagesPerSession,
  };
}

function toMaxDiskBytes({ maxSessionDiskMb }: Config): number {
  return maxSessionDiskMb === 0 ? Number.POSITIVE_INFINITY : maxSessionDiskMb * MIB;
}
