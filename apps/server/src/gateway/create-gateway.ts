import { createId, type McpAppMode, type SettingResource } from '@claude-sdk-pattern/protocol';
import { LogController, fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';

import type { AuditLog } from '../audit/audit-log.ts';
import { createSignInRecorder } from '../audit/sign-in-recorder.ts';
import type { DefinitionService } from '../definitions/definition-service.ts';
import type { PluginEndpoints } from '../endpoints/plugin-endpoints.ts';
import type { FileService } from '../files/file-service.ts';
import type { Identity } from '../identity/identity.ts';
import { removeBasePath, toBasePath } from '../lib/base-path.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import type { FolderGrants } from '../local-folders/folder-grants.ts';
import type { Terminals } from '../terminals/terminals.ts';
import type { Upstreams } from '../model-gateway/upstreams/upstreams.ts';
import type { PolicyBook } from '../permissions/policy-book.ts';
import type { PluginHealth } from '../processes/plugin-health.ts';
import type { ServerTrials } from '../processes/server-trials.ts';
import type { SkillService } from '../plugins/skills/skill-service.ts';
import type { PluginBook } from '../plugins/registry/plugin-book.ts';
import type { PluginReviews } from '../plugins/review/plugin-reviews.ts';
import type { PushSubscriptions } from '../push/push-subscriptions.ts';
import type { ProcessOperations } from '../processes/process-operations.ts';
import type { McpSignIns } from '../mcp-sign-ins/mcp-sign-ins.ts';
import type { Store } from '../store/port.ts';
import type { SecretBook } from '../secrets/secret-book.ts';
import type { CredentialBook } from '../vaults/credential-book.ts';
import type { VaultBook } from '../vaults/vault-book.ts';
import type { Triggers } from '../triggers/open-triggers.ts';
import type { SessionService } from '../sessions/session-service.ts';
import type { LogLevel } from '../telemetry/log-level.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StopBook } from '../stops/stop-book.ts';
import type { OverviewBoard } from '../overview/overview-board.ts';
import type { ReadOverview } from '../overview/overview.ts';
import type { StopReports } from '../stops/stop-reports.ts';
import type { BudgetBook } from '../budgets/budget-book.ts';
import type { BudgetReports } from '../budgets/budget-reports.ts';
import type { UsageReports } from '../usage/usage-report.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { createAddressRate, limitAddresses } from './entrance/address-rate.ts';
import { allowOrigins } from './entrance/allow-origins.ts';
import { createAttemptLimits } from './entrance/attempt-limits.ts';
import { brokenRequests, endRefusedUpgrade, requireHost } from './entrance/broken-requests.ts';
import { chatRoutes } from './chat/chat-routes.ts';
import { admitRequests } from './entrance/admission.ts';
import { countRefusals, type RefusingLimit } from './entrance/count-refusals.ts';
import { correlateRequests } from './entrance/correlate-requests.ts';
import { measureRequest } from './entrance/measure-request.ts';
import { createRequestRate, createSignInRate } from './entrance/request-rate.ts';
import { toLoggedPath } from './entrance/logged-path.ts';
import { sendError } from './entrance/error-envelope.ts';
import { auditRoutes } from './platform/audit-routes.ts';
import { deliveryRoutes } from './platform/delivery-routes.ts';
import { endpointRoutes } from './platform/endpoint-routes.ts';
import { exportRoutes } from './platform/export-routes.ts';
import { pushRoutes } from './accounts/push-routes.ts';
import { identityRoutes } from './accounts/identity-routes.ts';
import { personalDataRoutes } from './accounts/personal-data-routes.ts';
import { userRoutes } from './accounts/user-routes.ts';
import { createOpenAccess } from './entrance/open-access.ts';
import { addSecurityHeaders } from './entrance/security-headers.ts';
import { createOpenWork, trackRequests } from './entrance/open-work.ts';
import { addOpenApiRoutes } from './openapi/open-api-routes.ts';
import { platformRoutes } from './platform/platform-routes.ts';
import { pluginRoutes } from './platform/plugin-routes.ts';
import { policyRoutes } from './platform/policy-routes.ts';
import { gitRoutes } from './platform/git-routes.ts';
import { incomingWebhookRoutes } from './platform/incoming-webhook-routes.ts';
import { mcpServerRoutes } from './platform/mcp-server-routes.ts';
import { pluginReviewRoutes } from './platform/plugin-review-routes.ts';
import { pluginServerRoutes } from './platform/plugin-server-routes.ts';
import { processRoutes } from './platform/process-routes.ts';
import { personRoutes } from './platform/person-routes.ts';
import { mcpClientRoutes } from './platform/mcp-client-routes.ts';
import { mcpSignInRoutes } from './platform/mcp-sign-in-routes.ts';
import { schedulePreviewRoutes } from './platform/schedule-preview-routes.ts';
import { secretRoutes } from './platform/secret-routes.ts';
import { shareRoutes } from './platform/share-routes.ts';
import { v1Routes } from './v1/v1-routes.ts';
import { zodSchemas } from './entrance/zod-schemas.ts';
import { approvalRoutes } from './platform/approval-routes.ts';
import { mcpAppRoutes } from './platform/mcp-app-routes.ts';
import { previewRoutes } from './platform/preview-routes.ts';
import { optionRoutes } from './platform/option-routes.ts';
import { diskUseRoutes } from './platform/disk-use-routes.ts';
import { searchRoutes } from './platform/search-routes.ts';
import { branchRoutes } from './platform/branch-routes.ts';
import { ruleRoutes } from './platform/rule-routes.ts';
import { terminalRoutes } from './platform/terminal-routes.ts';
import { upstreamRoutes } from './platform/upstream-routes.ts';
import { overviewRoutes } from './platform/overview-routes.ts';
import { settingRoutes } from './platform/setting-routes.ts';
import { stopRoutes } from './platform/stop-routes.ts';
import { budgetRoutes } from './platform/budget-routes.ts';
import { logLevelRoutes } from './platform/log-level-routes.ts';
import { usageRoutes } from './platform/usage-routes.ts';
import { webAppRoutes } from './platform/web-app-routes.ts';
import { workspaceChangeRoutes } from './platform/workspace-change-routes.ts';
import { backgroundTaskRoutes } from './platform/background-task-routes.ts';
import { rewindRoutes } from './platform/rewind-routes.ts';
import { folderRootRoutes } from './platform/folder-root-routes.ts';
import { trustRoutes } from './platform/trust-routes.ts';
import { workspaceRoutes } from './platform/workspace-routes.ts';

export interface GatewayDeps {
  /** For taking out and erasing what is kept of people. */
  store: Pick<Store, 'agents' | 'database' | 'kind' | 'audit'>;
  identity: Identity;
  audit: AuditLog;
  definitions: DefinitionService;
  files: FileService;
  skills: SkillService;
  sessions: SessionService;
  processes: ProcessOperations;
  upstreams: Upstreams;
  clock: Clock;
  policies: PolicyBook;
  plugins: PluginBook;
  pluginReviews: PluginReviews;
  endpoints: PluginEndpoints;
  trials: ServerTrials;
  terminals: Terminals;
  pluginHealth: PluginHealth;
  push: PushSubscriptions;
  secrets: SecretBook;
  vaults: VaultBook;
  credentials: CredentialBook;
  mcpSignIns: McpSignIns;
  triggers: Triggers;
  usage: UsageReports;
  stops: StopBook;
  stopReports: StopReports;
  readOverview: ReadOverview;
  overviewBoard: OverviewBoard;
  settings: readonly SettingResource[];
  folderGrants: FolderGrants;
  budgets: BudgetBook;
  budgetReports: BudgetReports;
  metrics: Metrics;
  logger: Logger;
  logLevelControl: LogLevel;
  nodeId: string;
  /** Undefined where no traces are made. */
  tracing: Tracing | undefined;
  /** Origins besides the server's own whose pages may use the API, also by cookie. */
  allowedOrigins: readonly string[];
  /** Where people reach the server, where it is configured. */
  publicUrl: string | undefined;
  /** Whether people reach the server over https. */
  isHttps: boolean;
  /** Addresses and ranges of the proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[];
  /** WebSockets and streams of one user at the same time. */
  maxConnectionsPerUser: number;
  /** Of one credential, and of one address without any, frames included; `Infinity` for no limit. */
  maxRequestsPerMinute: number;
  /** Of one address, whoever sends them, frames included; `Infinity` for no limit. */
  maxRequestsPerMinuteOfAddress: number;
  /** How long people may take to answer a tool call, where no rule says so. */
  approvalTimeoutSeconds: number;
  /** Where the built web app is. */
  webDir: string;
  demo: boolean;
  /** The secrets with which people pay model calls by keys of their own. */
  modelKeys: readonly { secret: string; upstreams: string[] }[];
  version: string;
  /** Why agents have the rights of the server's user; null where they are confined. */
  unconfined: string | null;
  models: readonly string[];
  /** Whether apps of MCP servers are shown, and what they reach. */
  mcpApps: McpAppMode;
  maxFileBytes: number;
  /** The paths of the data directory, which are removed from exported texts. */
  dataDirNames: readonly string[];
  checkReady(): Promise<void>;
}

const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** What is here is somebody's, and is in no cache afterwards. */
const PRIVATE_PATHS = /^\/(?:v1\/|api\/v1\/|api\/auth\/|metrics\b)/;
/** To receive a request whole. Large files over a slow line take minutes. */
const REQUEST_TIMEOUT_MS = 15 * 60 * 1000;

/** The front door, ready to listen. */
export async function createGateway(deps: GatewayDeps): Promise<FastifyInstance> {
  // Typed as Fastify's own, or else every plugin would have to name pino's.
  const loggerInstance: FastifyBaseLogger = deps.logger;
  const basePath = toBasePath(deps.publicUrl);
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: () => createId('req'),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: deps.trustedProxies.length > 0 && [...deps.trustedProxies],
    forceCloseConnections: true,
    // `OpenWork` answers it with the error envelope.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => removeBasePath(url, basePath),
    ...zodSchemas,
    ...brokenRequests,
  });
  app.setErrorHandler(sendError);
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('request-id', request.id);
    if (PRIVATE_PATHS.test(request.url)) void reply.header('cache-control', 'no-store');
    requireHost(request);
  });
  correlateRequests(app, deps.tracing);
  const { metrics } = deps;
  const countRefusal = (limit: RefusingLimit) => metrics.rateLimited.inc({ limit });
  const access = createOpenAccess({ ...deps, onTooMany: () => countRefusal('connections') });
  access.start();
  app.addHook('onClose', async () => access.close());
  const work = createOpenWork();
  trackRequests(app, work);
  const limits = countRefusals(createAttemptLimits(), () => countRefusal('attempts'));
  const rate = countRefusals(createRequestRate(deps.maxRequestsPerMinute), () => countRefusal('credential'));
  const addressRate = countRefusals(
    createAddressRate({
      perMinute: deps.maxRequestsPerMinuteOfAddress,
      anonymousPerMinute: deps.maxRequestsPerMinute,
    }),
    () => countRefusal('address'),
  );
  allowOrigins(app, deps.allowedOrigins);
  limitAddresses(app, addressRate);
  app.addHook('onResponse', async (request, reply) => {
    const fields = {
      method: request.method,
      path: toLoggedPath(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    request.log.debug(fields, 'request');
    measureRequest(metrics, request, reply);
    endRefusedUpgrade(request);
  });
  await addSecurityHeaders(app, deps);
  admitRequests(app, { ...deps, access, rate, limits });
  await addOpenApiRoutes(app, { version: deps.version, basePath });
  const signIns = createSignInRecorder({ audit: deps.audit, clock: systemClock });
  const scoped = { ...deps, basePath, limits, signIns, signInRate: createSignInRate(rate) };
  await app.register(chatRoutes, { ...deps, work, rate, addressRate });
  await app.register(identityRoutes, scoped);
  await app.register(userRoutes, scoped);
  await app.register(personalDataRoutes, scoped);
  await app.register(pushRoutes, scoped);
  await app.register(v1Routes, scoped);
  await app.register(platformRoutes, scoped);
  await app.register(processRoutes, scoped);
  await app.register(upstreamRoutes, scoped);
  await app.register(logLevelRoutes, scoped);
  await app.register(stopRoutes, scoped);
  await app.register(overviewRoutes, scoped);
  await app.register(settingRoutes, scoped);
  await app.register(auditRoutes, scoped);
  await app.register(usageRoutes, scoped);
  await app.register(budgetRoutes, scoped);
  await app.register(exportRoutes, scoped);
  await app.register(workspaceRoutes, scoped);
  await app.register(workspaceChangeRoutes, scoped);
  await app.register(gitRoutes, scoped);
  await app.register(branchRoutes, scoped);
  await app.register(rewindRoutes, scoped);
  await app.register(terminalRoutes, { ...scoped, openAccess: access });
  await app.register(backgroundTaskRoutes, scoped);
  await app.register(folderRootRoutes, scoped);
  await app.register(trustRoutes, scoped);
  await app.register(ruleRoutes, scoped);
  await app.register(searchRoutes, scoped);
  await app.register(diskUseRoutes, scoped);
  await app.register(optionRoutes, scoped);
  await app.register(mcpAppRoutes, scoped);
  await app.register(previewRoutes);
  await app.register(approvalRoutes, scoped);
  await app.register(shareRoutes, scoped);
  await app.register(personRoutes, scoped);
  await app.register(policyRoutes, scoped);
  await app.register(pluginRoutes, scoped);
  await app.register(pluginReviewRoutes, scoped);
  await app.register(pluginServerRoutes, scoped);
  await app.register(mcpServerRoutes, scoped);
  await app.register(endpointRoutes, scoped);
  await app.register(secretRoutes, scoped);
  await app.register(mcpSignInRoutes, scoped);
  await app.register(mcpClientRoutes, scoped);
  await app.register(incomingWebhookRoutes, scoped);
  await app.register(schedulePreviewRoutes, scoped);
  await app.register(deliveryRoutes, scoped);
  await webAppRoutes(app, { dir: deps.webDir, basePath });
  return app;
}
