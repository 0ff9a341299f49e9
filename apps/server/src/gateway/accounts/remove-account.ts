import { CspError } from '@claude-sdk-pattern/protocol';

import type { DefinitionService } from '../../definitions/definition-service.ts';
import type { FileService } from '../../files/file-service.ts';
import type { Actor } from '../../identity/actor.ts';
import type { Users } from '../../identity/users.ts';
import type { McpSignIns } from '../../mcp-sign-ins/mcp-sign-ins.ts';
import type { SkillService } from '../../plugins/skills/skill-service.ts';
import type { SecretBook } from '../../secrets/secret-book.ts';
import type { SessionService } from '../../sessions/session-service.ts';
import type { DeploymentBook } from '../../triggers/deployment-book.ts';
import type { VaultBook } from '../../vaults/vault-book.ts';

/** What an account owns. */
export interface AccountContents {
  sessions: Pick<SessionService, 'handOverAll' | 'deleteAll'>;
  files: Pick<FileService, 'handOverAll' | 'deleteAll'>;
  definitions: Pick<DefinitionService, 'handOverAll' | 'deleteAll'>;
  skills: Pick<SkillService, 'handOverAll' | 'deleteAll'>;
  secrets: Pick<SecretBook, 'removeAll'>;
  vaults: Pick<VaultBook, 'removeAll'>;
  mcpSignIns: Pick<McpSignIns, 'removeAll'>;
  triggers: { book: Pick<DeploymentBook, 'removeAll'> };
}

/**
 * Deletes an account, and hands what it owns to another user or deletes it. The account is locked first, so that nothing
 * is added meanwhile. Where a step fails, the account stays locked, and the same request goes on.
 * @throws CspError `not_found`, `invalid_request` when the other user cannot take it, `state_conflict` for the last
 * active administrator.
 */
export async function removeAccount(
  { users, ...contents }: AccountContents & { users: Users },
  userId: string,
  {
    by,
    transferTo,
    beforeEnd = async () => undefined,
  }: {
    by: Actor;
    transferTo: string | undefined;
    /** What else has to be done while the account is there to come back to. */
    beforeEnd?: (() => Promise<void>) | undefined;
  },
): Promise<void> {
  if ((await users.find(userId)) === undefined) throw new CspError('not_found', `There is no user ${userId}`);
  if (transferTo !== undefined) await assertMayTake(users, userId, transferTo);
  await users.update(userId, { status: 'locked' });
  await empty();
  await beforeEnd();
  await users.remove(userId);
  // A request that was under way when the account was locked may have made something since.
  await empty();

  async function empty(): Promise<void> {
    const { sessions, files, definitions, skills, secrets, vaults, mcpSignIns, triggers } = contents;
    // Before the sessions, of which they make more.
    await triggers.book.removeAll(userId);
    // Secrets, vaults and sign-ins are nobody else's, also where the rest is handed over.
    await secrets.removeAll(userId);
    await vaults.removeAll(userId);
    await mcpSignIns.removeAll(userId);
    if (transferTo === undefined) {
      await sessions.deleteAll(userId, by);
      await files.deleteAll(userId);
      await definitions.deleteAll(userId);
      await skills.deleteAll(userId);
      return;
    }
    for (const each of [sessions, files, definitions, skills]) await each.handOverAll(userId, transferTo);
  }
}

async function assertMayTake(users: Users, userId: string, transferTo: string): Promise<void> {
  const details = { field: 'transfer_to' };
  if (transferTo === userId)
    throw new CspError('invalid_request', 'An account cannot be handed to itself', { details });
  const taker = await users.find(transferTo);
  if (taker?.status === 'active') return;
  const reason = taker === undefined ? `There is no user ${transferTo}` : `The user ${transferTo} is locked`;
  throw new CspError('invalid_request', `${reason}, who could take the sessions`, { details });
}
