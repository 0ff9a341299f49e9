import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';

import { StoreError } from '../store-error.ts';
import { initial } from './0001-initial.ts';
import { definitionsAndFiles } from './0002-definitions-and-files.ts';
import { deletionsAndThreads } from './0003-deletions-and-threads.ts';
import { forks } from './0004-forks.ts';
import { approvals } from './0005-approvals.ts';
import { shares } from './0006-shares.ts';
import { audit } from './0007-audit.ts';
import { lastingApprovals } from './0008-lasting-approvals.ts';
import { turnsOfUsage } from './0009-turns-of-usage.ts';
import { answersOfOthers } from './0010-answers-of-others.ts';
import { notifications } from './0011-notifications.ts';
import { inputDigests } from './0012-input-digests.ts';
import { auditIntents } from './0013-audit-intents.ts';
import { shareVersion } from './0014-share-version.ts';
import { plugins } from './0015-plugins.ts';
import { secrets } from './0016-secrets.ts';
import { pluginsOfApprovals } from './0017-plugins-of-approvals.ts';
import { secretAuthors } from './0018-secret-authors.ts';
import { skills } from './0019-skills.ts';
import { customTools } from './0020-custom-tools.ts';
import { mcpApps } from './0021-mcp-apps.ts';
import { sessionVaults } from './0022-session-vaults.ts';
import { costsOfRequests } from './0023-costs-of-requests.ts';
import { pluginContents } from './0024-plugin-contents.ts';
import { budgets } from './0025-budgets.ts';
import { sessionBudgets } from './0026-session-budgets.ts';
import { budgetAlerts } from './0027-budget-alerts.ts';
import { causesOfRequests } from './0028-causes-of-requests.ts';
import { deployments } from './0029-deployments.ts';
import { fallbackModels } from './0030-fallback-models.ts';
import { search } from './0031-search.ts';
import { mails } from './0032-mails.ts';
import { workspaceStates } from './0033-workspace-states.ts';
import { sessionResources } from './0034-session-resources.ts';
import { workspaceTrusts } from './0035-workspace-trusts.ts';
import { makersOfStates } from './0036-makers-of-states.ts';
import { localFolders } from './0038-local-folders.ts';
import { diskUse } from './0039-disk-use.ts';
import { searchOwners } from './0040-search-owners.ts';
import type { ColumnTypes } from './column-types.ts';
import type { StoreMigration } from './store-migration.ts';

/** Every step by name, in order. A released step is never changed or removed. */
const MIGRATIONS = {
  '0001-initial': initial,
  '0002-definitions-and-files': definitionsAndFiles,
  '0003-deletions-and-threads': deletionsAndThreads,
  '0004-forks': forks,
  '0005-approvals': approvals,
  '0006-shares': shares,
  '0007-audit': audit,
  '0008-lasting-approvals': lastingApprovals,
  '0009-turns-of-usage': turnsOfUsage,
  '0010-answers-of-others': answersOfOthers,
  '0011-notifications': notifications,
  '0012-input-digests': inputDigests,
  '0013-audit-intents': auditIntents,
  '0014-share-version': shareVersion,
  '0015-plugins': plugins,
  '0016-secrets': secrets,
  '0017-plugins-of-approvals': pluginsOfApprovals,
  '0018-secret-authors': secretAuthors,
  '0019-skills': skills,
  '0020-custom-tools': customTools,
  '0021-mcp-apps': mcpApps,
  '0022-session-vaults': sessionVaults,
  '0023-costs-of-requests': costsOfRequests,
  '0024-plugin-contents': pluginContents,
  '0025-budgets': budgets,
  '0026-session-budgets': sessionBudgets,
  '0027-budget-alerts': budgetAlerts,
  '0028-causes-of-requests': causesOfRequests,
  '0029-deployments': deployments,
  '0030-fallback-models': fallbackModels,
  '0031-search': search,
  '0032-mails': mails,
  '0033-workspace-states': workspaceStates,
  '0034-session-resources': sessionResources,
  '0035-workspace-trusts': workspaceTrusts,
  '0036-makers-of-states': makersOfStates,
  '0038-local-folders': localFolders,
  '0039-disk-use': diskUse,
  '0040-search-owners': searchOwners,
} satisfies Record<string, StoreMigration>;

export const MIGRATION_TABLE = 'store_migrations';
export type MigrationName = keyof typeof MIGRATIONS;
/** In order. */
export const MIGRATION_NAMES = Object.keys(MIGRATIONS) as MigrationName[];

/**
 * Brings the database to the newest schema; several nodes may do so at once, one of them does it. Throws `newer_schema`
 * when a newer version of this software has been here, and `migration_failed` when a step fails (it is rolled back).
 */
export async function migrate<T>(
  database: Kysely<T>,
  types: ColumnTypes,
  /** Stops after the step `through`, to create the schema of an older version. */
  { through }: { through?: MigrationName } = {},
): Promise<void> {
  await refuseNewerSchema(database);
  const migrations = Object.entries(MIGRATIONS).map(([name, step]): [string, Migration] => [
    name,
    { up: (db: Kysely<unknown>) => step(db, types) },
  ]);
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(migrations)) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  });
  const { error, results } = await (through === undefined ? migrator.migrateToLatest() : migrator.migrateTo(through));
  if (error === undefined) return;
  if (error instanceof StoreError && error.code !== 'failed') throw error;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'before the first step';
  const reason = error instanceof Error ? error.message : 'the driver gave no reason';
  throw new StoreError('migration_failed', `The database could not be migrated (${failed}): ${reason}`, error);
}

async function refuseNewerSchema<T>(database: Kysely<T>): Promise<void> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)} order by name`.execute(
    database,
  );
  const unknown = rows.filter((row) => !(row.name in MIGRATIONS)).map((row) => row.name);
  if (unknown.length === 0) return;
  throw new StoreError(
    'newer_schema',
    `The database was migrated by a newer version (${unknown.join(', ')}). Start that version, or restore a backup.`,
  );
}
