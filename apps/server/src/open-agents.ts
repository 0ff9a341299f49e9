import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { PricedModel } from '@claude-sdk-pattern/protocol';

import { createAgentCommandBook, type AgentCommandBook } from './agent-process/agent-commands.ts';
import { createMcpRevisions } from './agent-process/mcp/mcp-revisions.ts';
import type { Config } from './config/load-config.ts';
import { createDefaultDefinitions } from './definitions/defaults.ts';
import { createMcpAuthorization, type McpAuthorization } from './definitions/mcp-authorization.ts';
import type { AgentUser } from './hosts/host.ts';
import type { selectHost } from './hosts/select-host.ts';
import { openBudgets, type Budgets } from './budgets/open-budgets.ts';
import { createLimiter } from './lib/limiter.ts';
import { createReportReceiver } from './model-gateway/agent-telemetry/receive-reports.ts';
import { REPORTS_PATH } from './model-gateway/agent-telemetry/serve-report.ts';
import type { Mailer } from './mail/mailer.ts';
import { openMailer } from './mail/open-mailer.ts';
import { createAdmit } from './model-gateway/admit.ts';
import { isSocketPath } from './lib/listen-on-socket.ts';
import { startModelGateway, type ModelGatewayDeps } from './model-gateway/model-gateway.ts';
import { createSessionTokens } from './model-gateway/session-tokens.ts';
import { toServiceUrl } from './model-gateway/upstreams/cloud/cloud-service.ts';
import { createFixedKey, createSecretKeys } from './model-gateway/upstreams/upstream-keys.ts';
import { createUpstreams, type GatewayUpstream, type Upstreams } from './model-gateway/upstreams/upstreams.ts';
import { watchUpstreams } from './model-gateway/upstreams/watch-upstreams.ts';
import type { Foundation } from './open-foundation.ts';
import { toBreakerSettings, toMaxDiskBytes, toProcessLimits } from './platform-settings.ts';
import { keepOwned } from './endpoints/keep-owned.ts';
import { PluginHooks } from './endpoints/plugin-hooks.ts';
import { PluginEndpoints } from './endpoints/plugin-endpoints.ts';
import { createPluginFolders } from './plugins/delivery/plugin-folders.ts';
import type { ActivePlugin, PluginSet } from './plugins/plugin-set.ts';
import { toServedVersion } from './plugins/served-version.ts';
import { createMcpSecrets } from './processes/create-mcp-secrets.ts';
import { combineUses } from './agent-process/mcp/mcp-use.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { createMcpMeter } from './processes/mcp-meter.ts';
import { createPartMeter } from './processes/part-meter.ts';
import { createPluginHealth, type PluginHealth } from './processes/plugin-health.ts';
import { createPushDoors, type OpenPushDoor } from './processes/push-door.ts';
import { createPluginUse } from './processes/plugin-use.ts';
import { ServerTrials, type ServerTrialsDeps } from './processes/server-trials.ts';
import { createProcesses, type Processes } from './processes/processes.ts';
import type { Keyring } from './secrets/keyring.ts';
import type { SecretResolver } from './secrets/resolve-secrets.ts';
import type { StopBook } from './stops/stop-book.ts';
import { loadPrices } from './usage/load-prices.ts';
import type { PriceCall } from './usage/call-usage.ts';
import { createCallMeasure } from './usage/measure-calls.ts';
import { createModelLimits, createModelNamer, createPriceCall, listUsableModels } from './usage/price-call.ts';
import { toRow } from './usage/metered-request.ts';
import { createUsageRecorder, type UsageRecorder } from './usage/usage-recorder.ts';
import { openUsageSpool } from './usage/usage-spool.ts';
import { createTerminalDoors } from './terminals/terminal-door.ts';
import { Terminals } from './terminals/terminals.ts';
import type { Webhook } from './webhooks/webhook.ts';
import { createSandboxGit, type SandboxGit } from './workspaces/git/sandbox-git.ts';
import { openOwnDoor } from './workspaces/repositories/own-door.ts';
import type { AskRemote } from './workspaces/repositories/git-service.ts';
import { createLocalFolders, type LocalFolders } from './workspaces/folders/local-folders.ts';
import { openRepositories, type Repositories } from './workspaces/repositories/repositories.ts';

const MIB = 1024 * 1024;

/** What agent processes need: the model gateway, a host, and places for processes. */
export interface Agents {
  usage: UsageRecorder;
  budgets: Budgets;
  upstreams: Upstreams;
  commands: AgentCommandBook;
  processes: Processes;
  /** What plugins answer over HTTP. */
  endpoints: PluginEndpoints;
  /** Tests of MCP servers of plugins. */
  trials: ServerTrials;
  /** Shells of people beside the agents. */
  terminals: Terminals;
  pluginHealth: PluginHealth;
  /** Hooks that plugins have in TypeScript. */
  pluginHooks: PluginHooks;
  /** Git on what agents can write. */
  sandboxGit: SandboxGit;
  /** Lets it push for people. */
  openPushDoor: OpenPushDoor;
  /** With which sessions can go on when a budget is nearly used up. */
  fallbackModels: readonly PricedModel[];
  /** Owner of what agents write, where that is not the server's own user. */
  agentUser: AgentUser | undefined;
  /** What sessions have of git servers. */
  repositories: Repositories;
  /** What sessions have of folders of the machine. */
  localFolders: LocalFolders;
  /** Why nothing keeps agents from the host; null where something does. */
  unconfined: string | null;
}

interface AgentsDeps extends Foundation {
  audit: AuditLog;
  webhook: Webhook;
  /** Why somebody may not test a tool. */
  findTrialRefusal: ServerTrialsDeps['findRefusal'];
  plugins: PluginSet;
  stops: Pick<StopBook, 'findWorkStop'>;
  resolver: SecretResolver;
  keyring: Keyring;
  /** What sessions with vaults send to MCP servers. */
  vaults: McpAuthorization;
  /** The sign-ins of people and of the platform. */
  mcpAuthorization: McpAuthorization;
  /** Whether the account exists and is not locked. */
  isActive(userId: string): Promise<boolean>;
  chooseHost: typeof selectHost;
  /** Asks git servers. */
  askRemote: AskRemote;
  /** Answers git in sessions. */
  serveGit: ModelGatewayDeps['serveGit'];
  opening: AsyncDisposableStack;
}

/** Opens the model gateway, chooses the host and ends the processes that a dead server left there. Starts no agent. */
export async function openAgents(
  config: Config,
  {
    audit,
    webhook,
    findTrialRefusal,
    stops,
    plugins,
    resolver,
    keyring,
    vaults,
    mcpAuthorization,
    isActive,
    chooseHost,
    askRemote,
    serveGit,
    opening,
    ...foundation
  }: AgentsDeps,
): Promise<Agents> {
  const { clock, logger, metrics, secrets, store, workspaces, placeId, tracing } = foundation;
  const reports = tracing !== undefined && config.tracing?.hasAgents === true;
  const prices = await loadPrices(config.pricesFile);
  const priceCall = createPriceCall(prices);
  const measureCall = createCallMeasure(metrics, createModelNamer(prices));
  const mailer = await openMailer(config, { store, clock, logger });
  opening.defer(() => mailer.close());
  const { usage, budgets } = await openUsage(config, {
    mailer,
    ...foundation,
    audit,
    webhook,
    opening,
    priceCall,
    findLimits: createModelLimits(prices),
  });
  const tokens = createSessionTokens();
  const socketPath = join(config.dataDir, 'run', 'model.sock');
  const modelSocket = isSocketPath(socketPath) ? socketPath : undefined;
  const findSecretKey = createSecretKeys({
    ...{ secrets: store.secrets, agents: store.agents, keyring, audit },
    uptimeMs: () => clock.uptimeMs(),
  });
  const upstreams = createUpstreams({
    upstreams: await listUpstreams(config, { opening, findSecretKey }),
    ...toBreakerSettings(config),
    uptimeMs: () => clock.uptimeMs(),
  });
  opening.defer(() => upstreams.close());
  watchUpstreams(upstreams, { audit, metrics, logger, mailer });
  const modelGateway = await startModelGateway({
    ...{ upstreams, tokens, clock, logger, tracing, serveGit },
    ...(reports && {
      receiveReport: createReportReceiver({
        ...{ tracing, metrics, logger },
        mask: (value) => foundation.secretsInUse.mask(value),
      }),
    }),
    socketPath: modelSocket,
    admit: createAdmit(budgets, stops),
    maxRetries: config.modelMaxRetries,
    priceCall,
    onUsage: (request) => usage.note(request),
    // Metrics are counted when what waits for this has gone out: the agent's answer.
    onFirstByte: (upstream, ms) => setImmediate(() => metrics.modelFirstByte.observe({ upstream }, ms / 1000)),
    onRetry: (upstream) => metrics.modelRetries.inc({ upstream }),
    onRequest(request) {
      setImmediate(measureCall, request);
      budgets.note(request);
      usage.record(request);
    },
  });
  opening.defer(() => modelGateway.close());

  const { host, reason } = await chooseHost(config, { modelSocket, nodeId: secrets.nodeId, clock, logger });
  opening.defer(() => host.close());
  logger[host.confines ? 'info' : 'warn'](
    { launcher: host.name, confines: host.confines, reason, networking: config.agentNetwork },
    host.confines ? 'agents are confined' : 'agents are not confined',
  );
  const orphans = await host.endLeft();
  if (orphans > 0) logger.warn({ processes: orphans }, 'ended processes that a dead server left');

  const mcpSecrets = createMcpSecrets({ plugins, resolver, inUse: foundation.secretsInUse });
  // The vaults of the session come first, then what its owner, then what an administrator has signed in to.
  const authorization = createMcpAuthorization([vaults, mcpAuthorization], isActive);
  const revisions = createMcpRevisions(() => clock.uptimeMs());
  const pluginUse = createPluginUse(clock);
  const partMeter = createPartMeter(metrics);
  const usePart = (plugin: ActivePlugin, kind: 'endpoints' | 'hooks') =>
    combineUses([
      pluginUse.of({ plugin: plugin.name, version: toServedVersion(plugin), kind, name: kind }),
      partMeter(plugin.name, kind),
    ]);
  const useServer = (plugin: string, name: string) => {
    const found = plugins.current.find((each) => each.name === plugin);
    return pluginUse.of({ plugin, version: found ? toServedVersion(found) : '', kind: 'mcp_server', name });
  };
  const ofPlugins = {
    ...{ plugins, host, secrets: mcpSecrets, path: config.agentPath, networking: config.agentNetwork },
    maxRssBytes: config.maxMcpServerRssMb * MIB,
  };
  const processDeps = {
    ...{ ...ofPlugins, logger, dir: join(config.dataDir, 'run', 'p') },
    uptimeMs: () => clock.uptimeMs(),
  };
  const endpoints = new PluginEndpoints({
    ...processDeps,
    useOf: (plugin) => usePart(plugin, 'endpoints'),
  });
  opening.defer(() => endpoints.close());
  const pluginHooks = new PluginHooks({
    ...processDeps,
    useOf: (plugin) => usePart(plugin, 'hooks'),
  });
  opening.defer(() => pluginHooks.close());
  const trials = new ServerTrials({
    ...{ ...ofPlugins, audit, authorization, revisions, findRefusal: findTrialRefusal },
    dir: join(config.dataDir, 'run', 't'),
  });
  await trials.start();
  opening.defer(() => trials.close());
  const sandboxGit = createSandboxGit({
    ...{ host, path: config.agentPath, maxRssBytes: config.maxSessionRssMb * MIB },
  });
  const door = await openOwnDoor(askRemote, join(config.dataDir, 'run', 'git.sock'));
  opening.defer(() => door.close());
  const repositories = await openRepositories({
    ...{ dir: join(config.dataDir, 'repositories'), git: foundation.serverGit, sandboxGit, door },
    sandboxPath: config.agentPath,
    ...{ agentUser: host.agentUser, maxBytes: config.maxRepositoriesMb * MIB, now: () => clock.now(), logger },
    maxTreeBytes: toMaxDiskBytes(config),
  });
  opening.defer(() => repositories.close());
  const terminals = new Terminals({
    ...{ host, audit, clock, logger, path: config.agentPath },
    openDoor: createTerminalDoors({
      ...{ tokens, gatewayUrl: modelGateway.url, path: config.agentPath, isLimited: host.confines },
    }),
    limits: {
      total: config.maxTerminals,
      perUser: config.maxTerminalsPerUser,
      maxRssBytes: config.maxTerminalRssMb * MIB,
      idleMs: config.terminalIdleTimeoutSeconds * 1000,
    },
  });
  terminals.start();
  opening.defer(() => terminals.closeAll());
  const meter = createMcpMeter(metrics);
  await createDefaultDefinitions(store);
  const commands = createAgentCommandBook();
  metrics.processPlaces.set(config.maxSessions);
  const processes = await createProcesses({
    ...{ store, workspaces, plugins, tokens, commands, clock, logger, metrics, placeId },
    nodeId: secrets.nodeId,
    host: keepOwned(host, () =>
      [endpoints, pluginHooks, trials, terminals, sandboxGit].flatMap((each) => each.listProcessIds()),
    ),
    pluginFolders: createPluginFolders(plugins),
    starts: createLimiter(availableParallelism()),
    gatewayUrl: modelGateway.url,
    reportsUrl: reports ? modelGateway.url + REPORTS_PATH : undefined,
    agentPath: config.agentPath,
    agentNetwork: config.agentNetwork,
    mcp: {
      maxRssBytes: config.maxMcpServerRssMb * MIB,
      secrets: mcpSecrets,
      ...{ authorization, revisions },
      useOf: ({ plugin, name }) =>
        combineUses([
          meter({ name, ...(plugin !== undefined && { plugin }) }),
          ...(plugin === undefined ? [] : [useServer(plugin, name)]),
        ]),
      showsApps: config.mcpApps !== 'off',
      toolSearch: { mode: config.toolSearch, aboveTokens: config.toolSearchAboveTokens },
    },
    modelMaxRetries: config.modelMaxRetries,
    backgroundTasks: config.backgroundTasks === 'on',
    defaultModel: config.defaultModel,
    limits: toProcessLimits(config),
  });
  const unconfined = host.confines ? null : reason;
  plugins.onChanged(() => pluginUse.keepOnly(new Set(plugins.current.map(({ name }) => name))));
  const pluginHealth = createPluginHealth({ plugins, use: pluginUse });
  return {
    ...{ usage, budgets, upstreams, commands, processes, endpoints, pluginHooks, trials, pluginHealth, sandboxGit },
    fallbackModels: listUsableModels(prices).map(({ model, input, output }) => ({
      ...{ model, input_usd: input, output_usd: output },
    })),
    agentUser: host.agentUser,
    localFolders: createLocalFolders({
      ...{ sandboxGit, agentUser: host.agentUser, maxBytes: toMaxDiskBytes(config) },
    }),
    openPushDoor: createPushDoors({
      ...{ tokens, gatewayUrl: modelGateway.url, path: config.agentPath, isLimited: host.confines },
    }),
    ...{ repositories, terminals, unconfined },
  };
}

interface UpstreamParts {
  opening: AsyncDisposableStack;
  findSecretKey: ReturnType<typeof createSecretKeys>;
}

async function listUpstreams(
  { upstream }: Config,
  { opening, findSecretKey }: UpstreamParts,
): Promise<GatewayUpstream[]> {
  if (upstream.kind === 'demo') {
    const { startScriptedModel } = await import('@claude-sdk-pattern/scripted-model');
    const demo = opening.use(await startScriptedModel());
    return [{ name: 'demo', baseUrl: demo.url, models: null, findKey: createFixedKey('demo') }];
  }
  return upstream.upstreams.map(({ key, cloud, baseUrl, ...each }) => ({
    ...{ ...each, cloud },
    baseUrl: cloud === undefined ? (baseUrl ?? '') : toServiceUrl(cloud),
    findKey: key.from === 'secret' ? findSecretKey(key.name, each.name) : createFixedKey(key.value),
  }));
}

/** Stores and counts what the model calls of a killed server have used, before its sessions go on. */
async function openUsage(
  { dataDir, timeZone }: Pick<Config, 'dataDir' | 'timeZone'>,
  deps: Pick<AgentsDeps, 'store' | 'audit' | 'webhook' | 'clock' | 'metrics' | 'secrets' | 'logger' | 'opening'> & {
    priceCall: PriceCall;
    mailer: Mailer;
    findLimits: ReturnType<typeof createModelLimits>;
  },
): Promise<{ usage: UsageRecorder; budgets: Budgets }> {
  const { store, audit, webhook, clock, metrics, secrets, logger, opening, priceCall, findLimits, mailer } = deps;
  const spool = openUsageSpool({ path: join(dataDir, 'usage-spool.jsonl'), logger });
  opening.defer(() => spool.close());
  if (spool.left.length > 0) {
    await store.usage.appendMissing(spool.left.map(toRow));
    logger.info({ requests: spool.left.length }, 'stored what model calls of a killed server had used');
    spool.forget(spool.left.map(({ id }) => id));
  }
  const budgets = await openBudgets({
    ...{ store, audit, webhook, mailer, clock, logger, metrics, priceCall, findLimits, timeZone },
    nodeId: secrets.nodeId,
  });
  opening.defer(() => budgets.close());
  const usage = createUsageRecorder({ store, logger, spool, onStored: (requests) => budgets.noteStored(requests) });
  opening.defer(() => usage.close());
  return { usage, budgets };
}
