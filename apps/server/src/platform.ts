import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { probeServer, refuseProbe } from './agent-process/mcp/probe-server.ts';
import { createAuditLog } from './audit/audit-log.ts';
import { createCheckpointSigner } from './audit/checkpoint.ts';
import { createBudgetReports } from './budgets/budget-reports.ts';
import { toBaseUrl } from './config/base-url.ts';
import { listSettings } from './config/list-settings.ts';
import type { Config } from './config/load-config.ts';
import { openAuditAnchor } from './data-dir/audit-anchor.ts';
import { findDataDirNames } from './data-dir/data-dir-names.ts';
import { listOwnDirs } from './data-dir/own-dirs.ts';
import { toDataDirError } from './data-dir/storage-problem.ts';
import { createDefinitionService } from './definitions/definition-service.ts';
import { openFileService } from './files/file-service.ts';
import { createFolderGrants } from './local-folders/folder-grants.ts';
import { createGateway } from './gateway/create-gateway.ts';
import type { HookHandler } from './hooks/hook-handler.ts';
import { selectHost } from './hosts/select-host.ts';
import { createJournal } from './journal/journal.ts';
import { createAppendMeter } from './journal/meter-appends.ts';
import { createOutgoingFetch } from './lib/outgoing-fetch.ts';
import { createMcpSignIns } from './mcp-sign-ins/mcp-sign-ins.ts';
import { openAgents } from './open-agents.ts';
import { createResourceCredentials } from './sessions/resources/resource-credentials.ts';
import { createSessionDoor } from './sessions/resources/session-door.ts';
import { createAddressCheck } from './workspaces/repositories/address-problem.ts';
import { openRemotes } from './workspaces/repositories/remotes.ts';
import { createTrustedPlugins } from './sessions/trust/trusted-plugins.ts';
import { openNotifications } from './open-notifications.ts';
import { openFoundation, type Foundation } from './open-foundation.ts';
import { createPlatformIdentity, toSignInLink } from './platform-identity.ts';
import { toBytes, toDiskLimits, toHistoryLimits, toLimit, toQuotas, toUserDiskLimits } from './platform-settings.ts';
import { SecretsInUse } from './secrets/secrets-in-use.ts';
import { openSecrets } from './secrets/open-secrets.ts';
import { createSearchIndex, isSearched } from './search/search-index.ts';
import { createEventCounter } from './sessions/count-events.ts';
import { createLeftoverFolders } from './sessions/leftover-folders.ts';
import { toRetentionDays } from './sessions/retention-days.ts';
import { createRetention, type Retention } from './sessions/retention.ts';
import { ActivePlugins } from './plugins/active-plugins.ts';
import { createContentStore } from './plugins/content/content-store.ts';
import { openSkillService } from './plugins/skills/skill-service.ts';
import { createPluginData } from './plugins/plugin-data.ts';
import { createWorkspacePlugins } from './plugins/workspace/workspace-plugin.ts';
import { PluginBook } from './plugins/registry/plugin-book.ts';
import { createPluginReviews } from './plugins/review/plugin-reviews.ts';
import { findTrialRefusal } from './permissions/find-trial-refusal.ts';
import { openTriggers } from './triggers/open-triggers.ts';
import { openVaults } from './vaults/open-vaults.ts';
import { PolicyBook } from './permissions/policy-book.ts';
import { findSecrets } from './permissions/secrets/find-secrets.ts';
import type { SessionDeps } from './sessions/session-deps.ts';
import { toStopError } from './stops/stop-error.ts';
import { createCrashWindow } from './overview/crash-window.ts';
import { createLoadMeter } from './overview/load-meter.ts';
import { toModelKeys } from './config/upstream-settings.ts';
import { createOverviewBoard } from './overview/overview-board.ts';
import { createOverview } from './overview/overview.ts';
import { createSlowFacts } from './overview/slow-facts.ts';
import { endTerminals } from './end-terminals.ts';
import { StopBook } from './stops/stop-book.ts';
import { createStopReports } from './stops/stop-reports.ts';
import { SessionService } from './sessions/session-service.ts';
import { listExpiredSessions, listUsedEnvironments } from './store/expired-sessions.ts';
import { isStoreError } from './store/store-error.ts';
import { createWorkspaceHistories } from './workspaces/history/workspace-histories.ts';
import { createLogLevel, type LogLevel } from './telemetry/log-level.ts';
import type { Logger } from './telemetry/logger.ts';
import { createUsageReports } from './usage/usage-report.ts';

export interface PlatformOptions {
  logger: Logger;
  version: string;
  /** The logger's own; without it nothing changes its level. */
  logLevel?: LogLevel;
  /** Knows what the logger hides; by default of this platform alone. */
  secretsInUse?: SecretsInUse;
  /** Chooses where agents run; by default as configured. */
  chooseHost?: typeof selectHost;
  /** Have a say in the tool calls of every session, after the permission policy. */
  hookHandlers?: readonly HookHandler[];
}

/** A running platform. */
export interface Platform {
  /** Where it listens, as people open it. */
  readonly url: string;
  /** A one-time sign-in link, when nobody can sign in yet. */
  readonly signInLink: string | undefined;
  /** True while the configured bootstrap key is the only way to sign in. */
  readonly needsBootstrapHint: boolean;
  /** Lets turns finish for the configured time, then stops. Idempotent. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  stopNow(): Promise<void>;
}

const PROGRAM_DIR = join(import.meta.dirname, '../../..');
const WEB_DIR = join(import.meta.dirname, '../../web/dist');

/**
 * The one composition root: opens what the platform is made of, in the order of design, and closes it last opened
 * first. Rejects with what could not be opened, a `ConfigError` where the data directory cannot be written; what was open by
 * then is closed. Begins again where the database broke off after it was reached: then it waits for it.
 */
export async function startPlatform(config: Config, options: PlatformOptions): Promise<Platform> {
  for (;;) {
    try {
      return await open(config, options);
    } catch (error) {
      if (!isStoreError(error, 'unavailable')) throw toDataDirError(error, config.dataDir) ?? error;
      options.logger.warn({ reason: error.message }, 'the database broke off during the start, which begins again');
      await sleep(START_AGAIN_MS);
    }
  }
}

/** Between a start that lost its database and the next. */
const START_AGAIN_MS = 1000;

/** Over 100 lines: it creates every part, in the order in which one needs the other. */
async function open(config: Config, options: PlatformOptions): Promise<Platform> {
  const { logger, version, chooseHost = selectHost, hookHandlers = [] } = options;
  await using opening = new AsyncDisposableStack();
  const foundation = await openFoundation(config, {
    logger,
    secretsInUse: options.secretsInUse ?? new SecretsInUse(),
    ...{ opening, version },
  });
  const { clock, metrics, secrets, secretsInUse, store, storage, workspaces, placeId, tracing, removeLeftTemporary } =
    foundation;
  const audit = createAuditLog({
    ...{ store, clock, logger, secretsKey: secrets.secretsKey, retentionDays: config.auditRetentionDays },
    anchor: openAuditAnchor(config.dataDir),
    nodeId: secrets.nodeId,
    trustedKeys: [...config.auditTrustedKeys.split(','), ...toPreviousSigners(secrets)],
  });
  await audit.start();
  // After everything that records.
  opening.defer(() => audit.close());
  const kept = openSecrets({ store, audit, keys: secrets, inUse: secretsInUse, logger });
  opening.defer(() => kept.close());
  const identity = createPlatformIdentity({ config, store, secrets, logger });
  await identity.start();
  const files = await openFileService({
    files: store.files,
    dir: join(config.sharedDir ?? config.dataDir, 'files'),
    maxBytes: toBytes(config.maxFileMb),
    quota: { count: config.maxFilesPerUser, bytes: toBytes(config.maxFilesMbPerUser) },
    now: () => clock.now(),
  });
  const { webhook, push, nudges, approvalNews } = await openNotifications(config, {
    ...{ ...foundation, identity, opening },
    mayAnswer: (actor, sessionId) => sessions.answers.waitsFor(actor, sessionId),
  });
  const skillsDir = join(config.dataDir, 'skills');
  const plugins = new ActivePlugins({ skillsDir });
  const workspacePlugins = createWorkspacePlugins({ dir: join(config.dataDir, 'trusted'), plugins });
  await workspacePlugins.clear();
  const pluginSettings = toPluginSettings(config);
  const pluginBook = new PluginBook({
    ...{ store, audit, logger, clock, active: plugins, sharesContent: store.kind === 'postgres' },
    ...pluginSettings,
    digestKey: secrets.secretsKey,
  });
  await pluginBook.start();
  opening.defer(() => pluginBook.close());
  const skills = await openSkillService({
    ...{ store, audit, content: createContentStore(skillsDir) },
    quota: { count: config.maxFilesPerUser, bytes: toBytes(config.maxFilesMbPerUser) },
    isUsed: (digest) => plugins.hasServedSkill(digest),
  });
  const vaults = openVaults({
    ...{ store, audit, clock, logger, keyring: kept.keyring, inUse: secretsInUse },
    assertActive: (transaction, userId) => identity.assertActive(transaction, userId),
    probe: config.agentNetwork === 'limited' ? refuseProbe : probeServer,
  });
  const outgoing = createOutgoingFetch({ allowedOrigins: config.mcpOrigins });
  opening.defer(() => outgoing.close());
  const mcpSignIns = createMcpSignIns({
    ...{ store, audit, keyring: kept.keyring, inUse: secretsInUse, plugins, outgoing, logger },
    allowedOrigins: config.mcpOrigins,
    isLimited: config.agentNetwork === 'limited',
    publicUrl: config.publicUrl,
    assertActive: (transaction, userId) => identity.assertActive(transaction, userId),
    now: () => clock.now(),
  });
  const stops = new StopBook({ store, audit, metrics, logger, nodeId: secrets.nodeId, now: () => clock.now() });
  await stops.start();
  opening.defer(() => stops.close());
  // Before sessions hear of it: the processes that take the place of others have them no more.
  const leaveOutPlugins = () =>
    plugins.leaveOut(new Set(stops.all.flatMap(({ scope, targetId }) => (scope === 'plugin' ? [targetId] : []))));
  stops.onChanged(leaveOutPlugins);
  leaveOutPlugins();
  const remotes = await openRemotes({
    allowedServers: config.gitServers,
    sshDir: join(config.dataDir, 'ssh'),
    path: config.toolEnvironment['PATH'] ?? '',
    now: () => clock.now(),
  });
  opening.defer(() => remotes.close());
  const folderGrants = createFolderGrants({
    ...{ store, audit, ownDirs: [...listOwnDirs(config), PROGRAM_DIR], now: () => clock.now() },
  });
  const credentials = createResourceCredentials({ secrets: store.secrets, keyring: kept.keyring });
  const door = createSessionDoor({
    ...{ credentials, ask: remotes.ask, audit, logger },
    findSession: async (sessionId) => sessions.served.find(({ session }) => session.id === sessionId)?.session,
  });
  const agents = await openAgents(config, {
    askRemote: remotes.ask,
    serveGit: door.serve,
    ...{
      ...foundation,
      audit,
      webhook,
      plugins,
      stops,
      chooseHost,
      opening,
      resolver: kept.resolver,
      keyring: kept.keyring,
      vaults: vaults.authorization,
    },
    isActive: async (userId) => (await identity.findActiveRoles([userId])).has(userId),
    findTrialRefusal: ({ role }, call) =>
      findTrialRefusal({ rules: policies.current.rules, role, secretMode: config.secretsInToolCalls }, call),
    mcpAuthorization: mcpSignIns.authorization,
  });
  const {
    usage,
    budgets,
    upstreams,
    commands,
    processes,
    endpoints,
    pluginHooks,
    trials,
    terminals,
    pluginHealth,
    unconfined,
  } = agents;
  const { repositories } = agents;

  const policies = new PolicyBook({ store, audit, logger });
  await policies.start();
  opening.defer(() => policies.close());
  const counter = createEventCounter(metrics);
  const crashes = createCrashWindow(() => clock.now());
  const searchIndex = createSearchIndex({ store, clock, logger });
  opening.defer(() => searchIndex.close());
  const limits = toHistoryLimits(config);
  const histories =
    limits && createWorkspaceHistories({ git: agents.sandboxGit, workspaces, owner: agents.agentUser, limits });
  const sessionDeps: SessionDeps = {
    ...{ histories, maxHistoryBytes: toBytes(config.workspaceHistoryMb), terminals },
    ...{
      store,
      storage,
      audit,
      approvalNews,
      files,
      workspaces,
      plugins,
      processes,
      commands,
      upstreams,
      budgets,
      stops,
      usage,
      secretsInUse,
      clock,
      logger,
      tracing,
    },
    mounting: {
      ...{ repositories, credentials, folderGrants, localFolders: agents.localFolders },
      findAddressProblem: createAddressCheck({ allowedServers: config.gitServers }),
    },
    handGit: { sandboxGit: agents.sandboxGit, openDoor: agents.openPushDoor, askApi: remotes.askApi },
    trustedPlugins: createTrustedPlugins({
      ...{ store, workspacePlugins, confines: unconfined === null },
      findRole: (userId) => identity.findRole(userId),
    }),
    journal: createJournal({
      store,
      beginAppend: createAppendMeter(metrics),
      onPreview: (sessionId, preview) => counter.onPreview(sessionId, preview),
      onPublished(sessionId, events, requestedAtMs) {
        counter.onEvents(sessionId, events, requestedAtMs);
        const agentId = sessions.findAgentId(sessionId);
        if (agentId !== undefined) crashes.note(agentId, events);
        approvalNews.notePublished(sessionId, events);
        if (events.some(isSearched)) searchIndex.note(sessionId);
      },
    }),
    ...{ nodeId: secrets.nodeId, placeId },
    confines: unconfined === null,
    policies,
    findRole: (userId) => identity.findRole(userId),
    findActiveRoles: (userIds) => identity.findActiveRoles(userIds),
    findUsers: (userIds) => identity.findUsers(userIds),
    assertActive: (transaction, userId) => identity.assertActive(transaction, userId),
    quotas: toQuotas(config),
    ...{ hookHandlers, pluginHooks },
    onHookFailure: (of) => metrics.hookFailures.inc({ of }),
    promptGuard: config.promptGuard,
    secretsInToolCalls: config.secretsInToolCalls,
    ...{ disk: toDiskLimits(config), userDisk: toUserDiskLimits(config) },
    defaultModel: config.defaultModel,
    toolSearch: { mode: config.toolSearch, aboveTokens: config.toolSearchAboveTokens },
    backgroundTasks: config.backgroundTasks === 'on',
    idleTimeoutMs: config.sessionIdleTimeoutSeconds * 1000,
    approvalTimeoutMs: config.approvalTimeoutSeconds * 1000,
    stallTimeoutMs: config.turnStallTimeoutSeconds * 1000,
  };
  const sessions = new SessionService(sessionDeps);
  sessions.onChanged((change) => {
    if (change.type === 'changed') searchIndex.note(change.session.id);
  });
  mcpSignIns.onSignedIn((ownerId) => sessions.retryMcpServers(ownerId));
  const triggers = openTriggers({
    ...{ store, sessions, audit, plugins, files, budgets, webhook, push: nudges, metrics, clock, logger },
    mounting: sessionDeps.mounting,
    ...{ keyring: kept.keyring, defaultModel: config.defaultModel, retentionDays: config.deploymentRunRetentionDays },
    findActiveRoles: sessionDeps.findActiveRoles,
    findUsers: sessionDeps.findUsers,
    assertActive: sessionDeps.assertActive,
  });
  processes.serve({
    list: () => sessions.served,
    onDeleted: (listener) =>
      sessions.onChanged((change) => {
        if (change.type === 'deleted') listener(change.sessionId);
      }),
  });
  endTerminals({ terminals, stops, sessions });
  metrics.buildInfo.set({ version }, 1);
  metrics.onScrape(() => {
    metrics.sessionsInMemory.set(sessions.served.length);
    metrics.approvalsWaiting.set(sessions.served.reduce((sum, { approvalsWaiting }) => sum + approvalsWaiting, 0));
  });

  const usageReports = createUsageReports({
    ...{ store, timeZone: config.timeZone, now: () => clock.now() },
    findUserNames: (ids) => identity.findUserNames(ids),
  });
  const budgetReports = createBudgetReports({
    findFallbackProblem: (model) => budgets.findFallbackProblem(model),
    fallbackModels: agents.fallbackModels,
    ...{ store, timeZone: config.timeZone, now: () => clock.now() },
    findUserNames: (ids) => identity.findUserNames(ids),
  });
  const stopReports = createStopReports({
    store,
    findUserNames: (ids) => identity.findUserNames(ids),
    findPluginName: (name) => pluginBook.list().find((each) => each.name === name)?.name,
  });
  const load = createLoadMeter();
  opening.defer(() => load.close());
  const readOverview = createOverview({
    node: { id: secrets.nodeId, version, startedAt: new Date(clock.now()).toISOString() },
    listSessions: () => sessions.served,
    listPlugins: () => pluginBook.list(),
    ...{ processes: processes.operations, upstreams, stops, stopReports, crashes, load, clock },
    readSlowFacts: createSlowFacts({
      ...{ store, budgetReports, clock },
      ...{ budgets: budgets.book, usage: usageReports, dataDir: config.dataDir },
    }),
  });
  const overviewBoard = createOverviewBoard({
    read: readOverview,
    onNews: (listener) => stops.onChanged(listener),
    logger,
  });
  opening.defer(() => overviewBoard.close());

  let stopping: Promise<void> | undefined;
  const gateway = await createGateway({
    ...{ store, identity, push, audit, files, skills, sessions, metrics, logger, version, unconfined, policies },
    ...{ nodeId: secrets.nodeId, tracing },
    logLevelControl: options.logLevel ?? createLogLevel(config.logLevel),
    plugins: pluginBook,
    pluginReviews: createPluginReviews({ find: (name) => pluginBook.find(name), content: pluginSettings.content }),
    ...{ endpoints, trials, terminals, pluginHealth },
    ...(await toGatewaySettings(config)),
    definitions: createDefinitionService({ store, plugins, audit }),
    secrets: kept.book,
    vaults: vaults.book,
    credentials: vaults.credentials,
    mcpSignIns,
    triggers,
    usage: usageReports,
    stops,
    ...{ stopReports, readOverview, overviewBoard, settings: listSettings() },
    budgets: budgets.book,
    ...{ budgetReports, folderGrants },
    processes: processes.operations,
    ...{ upstreams, clock },
    // A load balancer must send no client to a server that stops.
    async checkReady() {
      if (stopping !== undefined) throw new CspError('stopping', 'The server is stopping');
      // Other servers of the database take what comes. Without one people could not even read what they have.
      if (stops.drain !== undefined && store.kind === 'postgres') throw toStopError(stops.drain);
      await storage.check();
    },
  });
  opening.defer(() => gateway.close());
  // Before any request can fork a session: folders of forks have the same mark.
  const leftoverFolders = createLeftoverFolders(sessionDeps);
  await leftoverFolders.start();
  opening.defer(() => leftoverFolders.close());
  await gateway.listen({ host: config.host, port: config.port });
  // After the server listens, so that nothing an agent left can delay the start.
  await sessions.start();
  kept.start();
  // What the server before could not send.
  webhook.wake();
  triggers.start();
  searchIndex.start();
  processes.start();
  repositories.start();
  opening.defer(() => processes.endSpares());
  opening.defer(() => sessions.stopNow());
  opening.defer(() => processes.stopWatching());
  // Before sessions end: it waits for those that are being made.
  opening.defer(() => triggers.close());
  const retention = startRetention(config, { sessions, store, metrics, clock, logger });
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

/** More than an MCP server with all it depends on has. */
const MAX_PLUGIN_FILES = 50_000;

function toPluginSettings({ dataDir, sharedDir, pluginDirs, maxPluginMb, toolEnvironment }: Config) {
  return {
    content: createContentStore(join(dataDir, 'plugins')),
    data: createPluginData(join(dataDir, 'plugin-data')),
    limits: { maxBytes: toBytes(maxPluginMb), maxFiles: MAX_PLUGIN_FILES },
    ...{ ownDirs: listOwnDirs({ dataDir, sharedDir }), toolEnvironment },
    findSecret: (text: string) => findSecrets({ text }, { hidesBlocks: true }).marks[0]?.kind,
    pluginDirs: [join(dataDir, 'plugins.d'), ...pluginDirs],
  };
}

/** While the secrets key is being changed, what the other one has signed is as good. */
function toPreviousSigners({ previousSecretsKey }: Foundation['secrets']): string[] {
  return previousSecretsKey === undefined ? [] : [createCheckpointSigner(previousSecretsKey).publicKey];
}

/** An office behind one address is more than one person, and less than everybody. */
const REQUESTS_OF_ADDRESS = 5;

/** How the front door is configured. */
async function toGatewaySettings(config: Config) {
  return {
    allowedOrigins: [
      ...(config.publicUrl === undefined ? [] : [new URL(config.publicUrl).origin]),
      ...config.allowedOrigins,
    ],
    publicUrl: config.publicUrl,
    isHttps: config.publicUrl?.startsWith('https:') === true,
    trustedProxies: config.trustedProxies,
    maxConnectionsPerUser: config.maxConnectionsPerUser,
    maxRequestsPerMinute: toLimit(config.maxRequestsPerMinute),
    maxRequestsPerMinuteOfAddress: toLimit(
      config.maxRequestsPerMinuteOfAddress ?? REQUESTS_OF_ADDRESS * config.maxRequestsPerMinute,
    ),
    webDir: WEB_DIR,
    approvalTimeoutSeconds: config.approvalTimeoutSeconds,
    demo: config.upstream.kind === 'demo',
    modelKeys: toModelKeys(config.upstream),
    maxFileBytes: toBytes(config.maxFileMb),
    dataDirNames: (await Promise.all(listOwnDirs(config).map(findDataDirNames))).flat(),
    mcpApps: config.mcpApps,
    models: config.models
      .split(',')
      .map((model) => model.trim())
      .filter((model) => model !== ''),
  };
}

function startRetention(
  config: Config,
  {
    sessions,
    store,
    metrics,
    clock,
    logger,
  }: Pick<Foundation, 'store' | 'metrics' | 'clock' | 'logger'> & { sessions: SessionService },
): Retention {
  const retention = createRetention({
    listEnvironments: () => listUsedEnvironments(store),
    retentionDaysOf: async (id) => toRetentionDays(await store.environments.find(id), config.eventRetentionDays),
    listExpired: (expired) => listExpiredSessions(store, expired),
    deleteSession: ({ id }, unused) => sessions.deleteUnused(id, unused),
    onDeleted: () => metrics.sessionsExpired.inc(),
    ...{ clock, logger },
  });
  retention.start();
  return retention;
}
