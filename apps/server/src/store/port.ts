import type { AppendChannel } from './append-channel.ts';
import type { Kysely } from 'kysely';

import type { ApprovalRepository } from './approvals.ts';
import type { AuditRepository } from './audit.ts';
import type { BudgetRepository } from './budgets.ts';
import type { DefinitionRepository } from './definitions.ts';
import type { DeploymentRunRepository } from './deployment-runs.ts';
import type { DeploymentRepository } from './deployments.ts';
import type { DiskUseRepository } from './disk-use.ts';
import type { EventRepository } from './events.ts';
import type { FileRepository } from './files.ts';
import type { FolderLeaseRepository } from './folder-leases.ts';
import type { FolderRootRepository } from './folder-roots.ts';
import type { ForkRepository } from './forks.ts';
import type { IdempotencyRepository } from './idempotency.ts';
import type { LeaseRepository } from './leases.ts';
import type { McpAppRepository } from './mcp-apps.ts';
import type { WorkspaceStateRepository } from './workspace-states.ts';
import type { WorkspaceTrustRepository } from './workspace-trusts.ts';
import type { PluginContentRepository } from './plugin-contents.ts';
import type { PluginRepository } from './plugins.ts';
import type { PushSubscriptionRepository } from './push-subscriptions.ts';
import type { QueueRepository } from './queue.ts';
import type { StoreTables } from './schema.ts';
import type { SearchRepository } from './search.ts';
import type { SecretRepository } from './secrets.ts';
import type { SessionRepository } from './session-repository.ts';
import type { SettingRepository } from './settings.ts';
import type { ShareRepository } from './shares.ts';
import type { SkillRepository } from './skills.ts';
import type { SpendDayRepository } from './spend-days.ts';
import type { TransactionOptions } from './transaction-options.ts';
import type { TranscriptRepository } from './transcripts.ts';
import type { UsageRepository } from './usage.ts';
import type { NamedLeaseRepository } from './named-leases.ts';
import type { VaultRecordRepository } from './vaults.ts';
import type { MailRepository } from './mails.ts';
import type { WebhookMessageRepository } from './webhook-messages.ts';

/** Everything that can be read and written, on the store itself or inside one of its transactions. */
export interface Repositories {
  readonly sessions: SessionRepository;
  readonly events: EventRepository;
  readonly forks: ForkRepository;
  readonly queue: QueueRepository;
  readonly idempotency: IdempotencyRepository;
  readonly transcripts: TranscriptRepository;
  readonly approvals: ApprovalRepository;
  readonly usage: UsageRepository;
  readonly budgets: BudgetRepository;
  readonly spendDays: SpendDayRepository;
  readonly leases: LeaseRepository;
  readonly namedLeases: NamedLeaseRepository;
  readonly settings: SettingRepository;
  readonly agents: DefinitionRepository;
  readonly environments: DefinitionRepository;
  readonly files: FileRepository;
  readonly mcpApps: McpAppRepository;
  readonly workspaceStates: WorkspaceStateRepository;
  readonly workspaceTrusts: WorkspaceTrustRepository;
  readonly folderRoots: FolderRootRepository;
  readonly folderLeases: FolderLeaseRepository;
  readonly diskUse: DiskUseRepository;
  readonly shares: ShareRepository;
  readonly audit: AuditRepository;
  readonly pushSubscriptions: PushSubscriptionRepository;
  readonly webhookMessages: WebhookMessageRepository;
  readonly mails: MailRepository;
  readonly plugins: PluginRepository;
  readonly pluginContents: PluginContentRepository;
  readonly secrets: SecretRepository;
  readonly vaults: VaultRecordRepository;
  readonly vaultCredentials: VaultRecordRepository;
  readonly skills: SkillRepository;
  readonly deployments: DeploymentRepository;
  readonly deploymentRuns: DeploymentRunRepository;
  readonly search: SearchRepository;
}

/** The repositories bound to one transaction. Use only these inside `work`; the store itself waits for its end. */
export interface StoreTransaction extends Repositories {
  /** The transaction itself, for statements that no repository offers. */
  readonly database: Kysely<StoreTables>;
}

/**
 * The storage port. Two back ends fulfil it, and one contract suite (`contract/store.contract.ts`) holds them to the same
 * behaviour. Every method rejects with a `StoreError`; timestamps are ISO 8601 text in UTC with milliseconds.
 */
export interface Store extends Repositories {
  readonly kind: 'sqlite' | 'postgres';
  /** The query builder over the same connections, for parts that keep tables of their own (accounts). */
  readonly database: Kysely<StoreTables>;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. SQLite has one connection,
   * so transactions run one after another there: keep them short, and wait for nothing but the database inside. Using the
   * store itself inside `work` rejects with `misuse`. After a `conflict`, let it reject: PostgreSQL has given it up.
   */
  transaction<T>(work: (transaction: StoreTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Removes the rows of sessions that were deleted before this start; resolves when none is left. Rows of later
   * deletions are removed in the background without a call.
   */
  purgeDeleted(): Promise<void>;
  /** Channel on which the servers of a deployment notify each other of appended events and changed settings. */
  readonly appends: Pick<AppendChannel, 'tell' | 'tellSetting' | 'listen'>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Waits for running statements and closes; may be called more than once. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
