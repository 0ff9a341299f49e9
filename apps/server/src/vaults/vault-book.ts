import { CspError, createId } from '@claude-sdk-pattern/protocol';
import type { VaultCreateParams, VaultResource, VaultUpdateParams } from '@claude-sdk-pattern/protocol/v1';

import { getPermitted } from '../access/get-permitted.ts';
import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, type AuditAction } from '../audit/fact.ts';
import { mergeMetadata } from '../definitions/merge-metadata.ts';
import type { Actor } from '../identity/actor.ts';
import type { Repositories, Store, StoreTransaction } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';

export interface VaultPage<T> {
  data: T[];
  next_page: string | null;
}

export interface VaultListParams {
  limit: number;
  cursor?: string;
  includeArchived?: boolean;
}

/** A person's vaults. Nobody else knows of them: methods throw `not_found` for those of others. */
export interface VaultBook {
  /** @throws CspError `quota_exceeded`, `permission_denied` when the account was locked or removed meanwhile. */
  create(actor: Actor, params: VaultCreateParams): Promise<VaultResource>;
  get(actor: Actor, id: string): Promise<VaultResource>;
  list(actor: Actor, params: VaultListParams): Promise<VaultPage<VaultResource>>;
  /** @throws CspError `invalid_request` for an archived vault. */
  update(actor: Actor, id: string, params: VaultUpdateParams): Promise<VaultResource>;
  /** Archives its credentials, too, and removes their secret values. */
  archive(actor: Actor, id: string): Promise<VaultResource>;
  /** Deletes its credentials, too. */
  delete(actor: Actor, id: string): Promise<void>;
  /** All that an account has, when it is removed. */
  removeAll(userId: string): Promise<void>;
}

export interface VaultBookDeps {
  store: Pick<Store, 'vaults' | 'transaction'>;
  audit: AuditRecorder;
  /** As `Identity.assertActive`. */
  assertActive(transaction: StoreTransaction['database'], userId: string): Promise<void>;
}

interface VaultContent {
  displayName: string;
  metadata: Record<string, string>;
}

const MAX_VAULTS_OF_USER = 200;

export function createVaultBook({ store, audit, assertActive }: VaultBookDeps): VaultBook {
  /** Makes a change and records it, in one transaction. */
  const change = (
    { actor, action }: { actor: Actor; action: Extract<AuditAction, `vault.${string}`> },
    work: (transaction: StoreTransaction) => Promise<VaultRecord>,
  ): Promise<VaultResource> =>
    store.transaction(async (transaction) => {
      const changed = await work(transaction);
      const target = { type: 'vault', id: changed.id } as const;
      await audit.record({ actor: toFactActor(actor), action, target }, transaction);
      return toVaultResource(changed);
    });

  return {
    create: (actor, { display_name: displayName, metadata = {} }) =>
      change({ actor, action: 'vault.create' }, async (transaction) => {
        await assertActive(transaction.database, actor.userId);
        if ((await transaction.vaults.count(actor.userId)) >= MAX_VAULTS_OF_USER)
          throw new CspError('quota_exceeded', `You have ${MAX_VAULTS_OF_USER} vaults already. Delete one`);
        const content: VaultContent = { displayName, metadata };
        return transaction.vaults.create({ id: createId('vlt'), parentId: actor.userId, content });
      }),

    get: async (actor, id) => toVaultResource(await findVault(store, actor, { action: 'vault.read', id })),

    async list(actor, params) {
      const { records, nextCursor } = await store.vaults.list({ ...params, parentId: actor.userId });
      return { data: records.map(toVaultResource), next_page: nextCursor };
    },

    update: (actor, id, { display_name: displayName, metadata }) =>
      change({ actor, action: 'vault.update' }, async (transaction) => {
        const vault = await lockVault(transaction, actor, id);
        const current = vault.content as VaultContent;
        const content: VaultContent = {
          displayName: displayName ?? current.displayName,
          metadata: mergeMetadata(current.metadata, metadata),
        };
        return (await transaction.vaults.update(id, { version: vault.version, content })) ?? vault;
      }),

    archive: (actor, id) =>
      change({ actor, action: 'vault.archive' }, async (transaction) => {
        const vault = await findVault(transaction, actor, { action: 'vault.change', id });
        const archived = (await transaction.vaults.archive(id)) ?? vault;
        for (const { id: credentialId } of await transaction.vaultCredentials.listUsable(id))
          await transaction.vaultCredentials.archive(credentialId);
        await transaction.secrets.deleteAll({ scope: 'vault', ownerId: id });
        return archived;
      }),

    async delete(actor, id) {
      await change({ actor, action: 'vault.delete' }, async (transaction) => {
        const vault = await findVault(transaction, actor, { action: 'vault.change', id });
        await removeVault(transaction, id);
        return vault;
      });
    },

    async removeAll(userId) {
      for (const id of await store.vaults.listIds(userId))
        await store.transaction((transaction) => removeVault(transaction, id));
    },
  };
}

/** @throws CspError `not_found` */
export async function findVault(
  { vaults }: Pick<Repositories, 'vaults'>,
  actor: Actor,
  { action, id }: { action: 'vault.read' | 'vault.change'; id: string },
): Promise<VaultRecord> {
  const found = await vaults.find(id);
  const { vault } = getPermitted(actor, action, {
    found: found && { ownerId: found.parentId, vault: found },
    name: id,
  });
  return vault;
}

/** A vault that may be changed, kept from others until the transaction ends. @throws CspError `not_found`, `invalid_request` */
export async function lockVault(transaction: StoreTransaction, actor: Actor, id: string): Promise<VaultRecord> {
  await findVault(transaction, actor, { action: 'vault.change', id });
  const vault = await transaction.vaults.lock(id);
  if (vault === undefined) throw new CspError('not_found', `There is no ${id}`);
  if (vault.archivedAt !== null) throw new CspError('invalid_request', `${id} is archived and cannot be changed`);
  return vault;
}

async function removeVault({ vaults, vaultCredentials, secrets }: StoreTransaction, id: string): Promise<void> {
  await vaults.delete(id);
  for (const credentialId of await vaultCredentials.listIds(id)) await vaultCredentials.delete(credentialId);
  await secrets.deleteAll({ scope: 'vault', ownerId: id });
}

function toVaultResource({ id, content, createdAt, updatedAt, archivedAt }: VaultRecord): VaultResource {
  const { displayName, metadata } = content as VaultContent;
  return {
    ...{ type: 'vault', id, display_name: displayName, metadata },
    ...{ created_at: createdAt, updated_at: updatedAt, archived_at: archivedAt },
  };
}
