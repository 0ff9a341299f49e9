import { resolve } from 'node:path';

import { Kysely, sql, type Dialect } from 'kysely';

import { NO_APPEND_CHANNEL, type AppendChannel } from './append-channel.ts';
import { createApprovalRepository } from './approvals.ts';
import { createAuditRepository } from './audit.ts';
import { createBudgetRepository } from './budgets.ts';
import { createDefinitionRepository } from './definitions.ts';
import { createDeploymentRunRepository } from './deployment-runs.ts';
import { createDeploymentRepository } from './deployments.ts';
import { createDiskUseRepository } from './disk-use.ts';
import { createEventRepository } from './events.ts';
import { createGroupAppend, type WriteBatch } from './group-append.ts';
import { createFileRepository } from './files.ts';
import { createGuard } from './guard.ts';
import { createFolderLeaseRepository } from './folder-leases.ts';
import { createFolderRootRepository } from './folder-roots.ts';
import { createForkRepository } from './forks.ts';
import { createIdempotencyRepository } from './idempotency.ts';
import { createFixedLeaseTime, createLeaseTime } from './lease-time.ts';
import { createLeaseRepository } from './leases.ts';
import { POSTGRES_TYPES, SQLITE_TYPES } from './migrations/column-types.ts';
import { migrate } from './migrations/migrate.ts';
import { createPluginContentRepository } from './plugin-contents.ts';
import { createPluginRepository } from './plugins.ts';
import { createSkillRepository } from './skills.ts';
import type { Repositories, Store } from './port.ts';
import { createPurge } from './purge.ts';
import { appendBatchToPostgres } from './postgres/append-batch.ts';
import { createPushSubscriptionRepository } from './push-subscriptions.ts';
import { createQueueRepository } from './queue.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';
import { createMailRepository } from './mails.ts';
import { createMcpAppRepository } from './mcp-apps.ts';
import { createSearchRepository } from './search.ts';
import { createWorkspaceStateRepository } from './workspace-states.ts';
import { createWorkspaceTrustRepository } from './workspace-trusts.ts';
import { createSecretRepository } from './secrets.ts';
import { createSessionRepository } from './session-repository.ts';
import { createSettingRepository } from './settings.ts';
import { createShareRepository } from './shares.ts';
import { createSpendDayRepository } from './spend-days.ts';
import { appendBatchToSqlite } from './sqlite/append-batch.ts';
import { openSqliteDialect } from './sqlite/sqlite-database.ts';
import { createWriteAheadSync, type WriteAheadSync } from './sqlite/write-ahead-sync.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';
import type { TransactionOptions } from './transaction-options.ts';
import { createTranscriptRepository } from './transcripts.ts';
import { createUsageRepository } from './usage.ts';
import { createNamedLeaseRepository } from './named-leases.ts';
import { createVaultRecordRepository } from './vaults.ts';
import { createWebhookMessageRepository } from './webhook-messages.ts';

export interface OpenStoreOptions {
  /** `sqlite:PATH` (absolute, or relative to the working directory; `sqlite::memory:` for tests) or `postgres://…`. */
  url: string;
  /** Opens only what is there, and leaves its schema as it is: for looking at the store of another server. */
  isExisting?: boolean;
  /** Milliseconds since 1970; the clock of every timestamp. */
  nowMs?: () => number;
  /** The clock by which leases end; by default the database's own, on which all nodes agree. */
  leaseNowMs?: () => number;
  /** SQLite: how long another process may hold the file before statements are refused; 5 s by default. */
  busyPatienceMs?: number;
  /** SQLite: makes the flush of the write-ahead log of this file. */
  createSync?: (path: string) => WriteAheadSync;
  /** PostgreSQL: the most connections that this node opens. */
  maxConnections?: number;
  /** PostgreSQL: a connection broke. The pool replaces it; this is for the log. */
  onConnectionError?: (error: Error) => void;
  /** The rows of a deleted session could not be removed; tried again after the next deletion or start. For the log. */
  onPurgeError?: (error: unknown) => void;
  /** The database failed or refused a statement, for a reason that is not in the statement. For metrics; must not throw. */
  onError?: (code: StoreErrorCode) => void;
}

const ignore = () => undefined;

/** More than one, so that the next batch is under way while the server flushes the last. */
const POSTGRES_BATCHES_IN_FLIGHT = 2;

/**
 * Opens the store and brings its schema up to date. Throws a `StoreError`: `unavailable` where the database may answer
 * later, `cannot_open`, `corrupt`, `newer_schema`, `migration_failed` or `disk_full`, each saying what to do.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { nowMs = Date.now } = options;
  const { kind, dialect, sync, openAppends } = await openDialect(options);
  const guard = createGuard();
  const database = new Kysely<StoreTables>({ dialect, plugins: [guard.plugin] });
  try {
    if (options.isExisting !== true) await migrate(database, kind === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES);
  } catch (error) {
    await database.destroy();
    throw error;
  }

  const now = (): string => new Date(nowMs()).toISOString();
  const transact = async <T>(
    work: (db: Kysely<StoreTables>) => Promise<T>,
    { onCommitted }: TransactionOptions = {},
  ): Promise<T> => {
    guard.check();
    const result = await database.transaction().execute((trx) => guard.runInside(() => work(trx.withoutPlugins())));
    onCommitted?.();
    // An acknowledged commit must survive a power cut; PostgreSQL ensures this itself.
    await sync?.sync().catch((error: unknown) => {
      options.onError?.('failed');
      throw error;
    });
    return result;
  };
  const { onPurgeError, leaseNowMs } = options;
  const leaseTime = leaseNowMs === undefined ? createLeaseTime(kind) : createFixedLeaseTime(leaseNowMs);
  const purge = createPurge({ kind, atomically: transact, now, ...(onPurgeError && { onError: onPurgeError }) });
  const onDeleted = () => purge.wake();
  const repositories = createRepositories({ kind, db: database, atomically: transact, now, leaseTime, onDeleted });
  const writeBatch: WriteBatch =
    kind === 'sqlite'
      ? (batch, onCommitted) => {
          let lastSeqs: ReadonlyMap<string, number> = new Map();
          const work = async (trx: Kysely<StoreTables>) => (lastSeqs = await appendBatchToSqlite(trx, batch));
          return transact(work, { onCommitted: () => onCommitted(lastSeqs) });
        }
      : (batch) => appendBatchToPostgres(database, batch);
  const appendInGroups = createGroupAppend({
    writeBatch,
    appendAlone: (...append) => repositories.events.append(...append),
    check: () => guard.check(),
    now,
    maxInFlight: kind === 'sqlite' ? 1 : POSTGRES_BATCHES_IN_FLIGHT,
  });
  const appends = openAppends?.(database) ?? NO_APPEND_CHANNEL;
  const release = async (): Promise<void> => {
    try {
      await appends.close();
      await purge.close();
      await drainAndDestroy(database, kind);
    } finally {
      await sync?.close();
    }
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    guard.close();
    return (closing ??= release());
  };
  return {
    kind,
    database,
    ...repositories,
    events: { ...repositories.events, append: appendInGroups },
    async transaction(work, transactionOptions) {
      let hasDeleted = false;
      const result = await transact((db) => {
        const atomically: RepositoryContext['atomically'] = (nested) => nested(db);
        const context = { kind, db, atomically, now, leaseTime, onDeleted: () => void (hasDeleted = true) };
        return work({ database: db, ...createRepositories(context) });
      }, transactionOptions);
      if (hasDeleted) onDeleted();
      return result;
    },
    purgeDeleted: () => purge.run(),
    appends,
    ping: async () => {
      await sql`select 1`.execute(database);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface OpenedDialect {
  kind: Store['kind'];
  dialect: Dialect;
  sync?: WriteAheadSync;
  /** Undefined where no other node can append. */
  openAppends?: (database: Kysely<StoreTables>) => AppendChannel;
}

async function openDialect(options: OpenStoreOptions): Promise<OpenedDialect> {
  const { url } = options;
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(options);
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path === undefined) {
    // Not the URL itself: it may hold a password.
    throw new StoreError('cannot_open', 'The database URL must begin with sqlite: or postgres://.');
  }
  if (path === ':memory:') return { kind: 'sqlite', dialect: await openSqliteDialect(path) };
  const file = resolve(path);
  return {
    kind: 'sqlite',
    dialect: await openSqliteDialect(file, {
      ...{ patienceMs: options.busyPatienceMs, isExisting: options.isExisting, onError: options.onError },
    }),
    sync: (options.createSync ?? createWriteAheadSync)(file),
  };
}

/** Loads the driver only here: a server with SQLite starts without it. */
async function openPostgres(options: OpenStoreOptions): Promise<OpenedDialect> {
  const { openPostgresDialect } = await import('./postgres/postgres-database.ts');
  const { createPostgresAppendChannel } = await import('./postgres/postgres-append-channel.ts');
  const { url, onConnectionError: onError = ignore } = options;
  return {
    kind: 'postgres',
    dialect: await openPostgresDialect(options),
    openAppends: (database) => createPostgresAppendChannel({ url, database, onError }),
  };
}

/** SQLite's one connection is closed after everything that waits for it has run. PostgreSQL's pool does that itself. */
async function drainAndDestroy(database: Kysely<StoreTables>, kind: Store['kind']): Promise<void> {
  if (kind === 'sqlite') await database.connection().execute(() => Promise.resolve());
  await database.destroy();
}

function createRepositories(context: RepositoryContext): Repositories {
  return {
    sessions: createSessionRepository(context),
    events: createEventRepository(context),
    forks: createForkRepository(context),
    queue: createQueueRepository(context),
    idempotency: createIdempotencyRepository(context),
    transcripts: createTranscriptRepository(context),
    approvals: createApprovalRepository(context),
    usage: createUsageRepository(context),
    budgets: createBudgetRepository(context),
    spendDays: createSpendDayRepository(context),
    leases: createLeaseRepository(context),
    namedLeases: createNamedLeaseRepository(context),
    search: createSearchRepository(context),
    settings: createSettingRepository(context),
    agents: createDefinitionRepository(context, 'agents'),
    environments: createDefinitionRepository(context, 'environments'),
    files: createFileRepository(context),
    mcpApps: createMcpAppRepository(context),
    workspaceStates: createWorkspaceStateRepository(context),
    workspaceTrusts: createWorkspaceTrustRepository(context),
    folderRoots: createFolderRootRepository(context),
    folderLeases: createFolderLeaseRepository(context),
    diskUse: createDiskUseRepository(context),
    shares: createShareRepository(context),
    audit: createAuditRepository(context),
    pushSubscriptions: createPushSubscriptionRepository(context),
    webhookMessages: createWebhookMessageRepository(context),
    mails: createMailRepository(context),
    plugins: createPluginRepository(context),
    pluginContents: createPluginContentRepository(context),
    secrets: createSecretRepository(context),
    vaults: createVaultRecordRepository(context, 'vaults'),
    skills: createSkillRepository(context),
    vaultCredentials: createVaultRecordRepository(context, 'vault_credentials'),
    deployments: createDeploymentRepository(context),
    deploymentRuns: createDeploymentRunRepository(context),
  };
}
