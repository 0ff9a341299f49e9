import { describe } from 'vitest';

import { describeApprovals } from './approvals.contract.ts';
import { describeAudit } from './audit.contract.ts';
import type { BackEnd } from './back-end.ts';
import { describeBudgets } from './budgets.contract.ts';
import { describeDefinitions } from './definitions.contract.ts';
import { describeDeletions } from './deletions.contract.ts';
import { describeDeployments } from './deployments.contract.ts';
import { describeEvents } from './events.contract.ts';
import { describeFiles } from './files.contract.ts';
import { describeIdempotency } from './idempotency.contract.ts';
import { describeLeases } from './leases.contract.ts';
import { describeMcpApps } from './mcp-apps.contract.ts';
import { describeDiskUse } from './disk-use.contract.ts';
import { describeWorkspaceStates } from './workspace-states.contract.ts';
import { describeLocalFolders } from './local-folders.contract.ts';
import { describeWorkspaceTrusts } from './workspace-trusts.contract.ts';
import { describeMigrations } from './migrations.contract.ts';
import { describeEveryMigration } from './every-migration.contract.ts';
import { describeSearch } from './search.contract.ts';
import { describeSecrets } from './secrets.contract.ts';
import { describeQueue } from './queue.contract.ts';
import { describeSessions } from './sessions.contract.ts';
import { describeSettings } from './settings.contract.ts';
import { describeShares } from './shares.contract.ts';
import { describeTransactions } from './transactions.contract.ts';
import { describeTranscripts } from './transcripts.contract.ts';
import { describeUsage } from './usage.contract.ts';
import { describeNotifications } from './notifications.contract.ts';
import { describePlugins } from './plugins.contract.ts';
import { describeSkills } from './skills.contract.ts';

/** Contract suite that every back end must pass. */
export function describeStore(backEnd: BackEnd): void {
  describe('transactions and life', () => {
    describeTransactions(backEnd);
  });
  describe('sessions', () => {
    describeSessions(backEnd);
  });
  describe('events', () => {
    describeEvents(backEnd);
  });
  describe('deletions', () => {
    describeDeletions(backEnd);
  });
  describe('migrations', () => {
    describeMigrations(backEnd);
    describeEveryMigration(backEnd);
  });
  describe('turn queue', () => {
    describeQueue(backEnd);
  });
  describe('search', () => {
    describeSearch(backEnd);
  });
  describe('idempotency', () => {
    describeIdempotency(backEnd);
  });
  describe('transcripts', () => {
    describeTranscripts(backEnd);
  });
  describe('approvals', () => {
    describeApprovals(backEnd);
  });
  describe('deployments', () => {
    describeDeployments(backEnd);
  });
  describe('usage', () => {
    describeUsage(backEnd);
  });
  describe('budgets', () => {
    describeBudgets(backEnd);
  });
  describe('leases', () => {
    describeLeases(backEnd);
  });
  describe('settings', () => {
    describeSettings(backEnd);
  });
  describe('definitions', () => {
    describeDefinitions(backEnd);
  });
  describe('shares', () => {
    describeShares(backEnd);
  });
  describe('the audit log', () => {
    describeAudit(backEnd);
  });
  describe('plugins', () => {
    describePlugins(backEnd);
  });
  describe('notifications', () => {
    describeNotifications(backEnd);
  });
  describe('secrets', () => {
    describeSecrets(backEnd);
  });
  describe('skills', () => {
    describeSkills(backEnd);
  });
  describe('pages of MCP Apps', () => {
    describeMcpApps(backEnd);
    describeWorkspaceStates(backEnd);
    describeWorkspaceTrusts(backEnd);
    describeLocalFolders(backEnd);
    describeDiskUse(backEnd);
  });
  describe('files', () => {
    describeFiles(backEnd);
  });
}
