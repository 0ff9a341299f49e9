import { CspError, createId } from '@claude-sdk-pattern/protocol';
import type {
  CredentialCreateParams,
  CredentialResource,
  CredentialUpdateParams,
  CredentialValidation,
} from '@claude-sdk-pattern/protocol/v1';

import type { AuditRecorder } from '../audit/audit-log.ts';
import { toFactActor, type AuditAction } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import type { Clock } from '../lib/clock.ts';
import type { Repositories, Store, StoreTransaction } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';
import { toCredentialFact } from './credential-fact.ts';
import {
  readCredentialContent,
  toCredentialParts,
  toCredentialResource,
  updateCredentialParts,
} from './credential-content.ts';
import { toSecretPlace, type CredentialSafe } from './credential-secrets.ts';
import { toServerKey } from './server-key.ts';
import type { ValidateCredential } from './validate-credential.ts';
import { findVault, lockVault, type VaultListParams, type VaultPage } from './vault-book.ts';

/** Where a credential is. */
export interface CredentialPath {
  vaultId: string;
  id: string;
}

/** The credentials of a person's vaults, without their secret values, which nobody can read back. */
export interface CredentialBook {
  /** @throws CspError `state_conflict` where the vault has one for this server already, `quota_exceeded`, `invalid_request` */
  create(actor: Actor, vaultId: string, params: CredentialCreateParams): Promise<CredentialResource>;
  get(actor: Actor, path: CredentialPath): Promise<CredentialResource>;
  list(actor: Actor, vaultId: string, params: VaultListParams): Promise<VaultPage<CredentialResource>>;
  /** Running sessions use the new values with their next request. @throws CspError `invalid_request` */
  update(actor: Actor, path: CredentialPath, params: CredentialUpdateParams): Promise<CredentialResource>;
  /** Removes its secret values. */
  archive(actor: Actor, path: CredentialPath): Promise<CredentialResource>;
  delete(actor: Actor, path: CredentialPath): Promise<void>;
  /** Tries it at its server. @throws CspError `invalid_request` for an archived one, and one that is no `mcp_oauth` */
  validate(actor: Actor, path: CredentialPath): Promise<CredentialValidation>;
}

export interface CredentialBookDeps {
  store: Pick<Store, 'vaults' | 'vaultCredentials' | 'transaction'>;
  audit: AuditRecorder;
  safe: CredentialSafe;
  validate: ValidateCredential;
  clock: Pick<Clock, 'now'>;
}

/** As the Managed Agents API has it. */
const MAX_CREDENTIALS_OF_VAULT = 20;

export function createCredentialBook({ store, audit, safe, validate, clock }: CredentialBookDeps): CredentialBook {
  /** Makes a change and records it, in one transaction. */
  const change = (
    { actor, action }: { actor: Actor; action: Extract<AuditAction, `vault_credential.${string}`> },
    work: (transaction: StoreTransaction) => Promise<VaultRecord>,
  ): Promise<VaultRecord> =>
    store.transaction(async (transaction) => {
      const changed = await work(transaction);
      await audit.record({ actor: toFactActor(actor), action, ...toCredentialFact(changed) }, transaction);
      return changed;
    });

  return {
    async create(actor, vaultId, params) {
      const created = await change({ actor, action: 'vault_credential.create' }, async (transaction) => {
        await lockVault(transaction, actor, vaultId);
        const { content, secrets } = toCredentialParts(params, clock.now());
        assertRoom(await transaction.vaultCredentials.listUsable(vaultId), content.auth.serverUrl);
        const id = createId('vcrd');
        const record = await transaction.vaultCredentials.create({ id, parentId: vaultId, content });
        await safe.put(transaction.secrets, record, secrets);
        return record;
      });
      return toCredentialResource(created);
    },

    get: async (actor, path) => toCredentialResource(await findCredential(store, actor, path)),

    async list(actor, vaultId, params) {
      await findVault(store, actor, { action: 'vault.read', id: vaultId });
      const { records, nextCursor } = await store.vaultCredentials.list({ ...params, parentId: vaultId });
      return { data: records.map(toCredentialResource), next_page: nextCursor };
    },

    async update(actor, path, params) {
      const updated = await change({ actor, action: 'vault_credential.update' }, async (transaction) => {
        await lockVault(transaction, actor, path.vaultId);
        const record = await transaction.vaultCredentials.lock(path.id);
        if (record?.parentId !== path.vaultId) throw toMissing(path);
        const secrets = record.archivedAt === null ? await safe.open(transaction.secrets, record) : undefined;
        if (secrets === undefined) throw toArchived(path);
        const parts = { content: readCredentialContent(record), secrets };
        const next = updateCredentialParts(parts, params, clock.now());
        const { version } = record;
        const changed = await transaction.vaultCredentials.update(path.id, { version, content: next.content });
        if (params.auth !== undefined) await safe.put(transaction.secrets, record, next.secrets);
        return changed ?? record;
      });
      return toCredentialResource(updated);
    },

    async archive(actor, path) {
      const archived = await change({ actor, action: 'vault_credential.archive' }, async (transaction) => {
        const record = await findCredential(transaction, actor, path, 'vault.change');
        await transaction.secrets.delete(toSecretPlace(record));
        return (await transaction.vaultCredentials.archive(path.id)) ?? record;
      });
      return toCredentialResource(archived);
    },

    async delete(actor, path) {
      await change({ actor, action: 'vault_credential.delete' }, async (transaction) => {
        const record = await findCredential(transaction, actor, path, 'vault.change');
        await transaction.vaultCredentials.delete(path.id);
        await transaction.secrets.delete(toSecretPlace(record));
        return record;
      });
    },

    async validate(actor, path) {
      const record = await findCredential(store, actor, path, 'vault.change');
      if (record.archivedAt !== null) throw toArchived(path);
      return validate(record);
    },
  };
}

/** @throws CspError `not_found` */
async function findCredential(
  store: Pick<Repositories, 'vaults' | 'vaultCredentials'>,
  actor: Actor,
  path: CredentialPath,
  action: 'vault.read' | 'vault.change' = 'vault.read',
): Promise<VaultRecord> {
  await findVault(store, actor, { action, id: path.vaultId });
  const record = await store.vaultCredentials.find(path.id);
  if (record?.parentId !== path.vaultId) throw toMissing(path);
  return record;
}

/** In the transaction that has locked the vault. */
function assertRoom(usable: readonly VaultRecord[], serverUrl: string): void {
  const key = toServerKey(serverUrl);
  const same = usable.find((each) => toServerKey(readCredentialContent(each).auth.serverUrl) === key);
  if (same !== undefined) {
    const message = `The vault has a credential for this server already: ${same.id}. Change it, or archive it first`;
    throw new CspError('state_conflict', message, { details: { field: 'auth.mcp_server_url' } });
  }
  if (usable.length < MAX_CREDENTIALS_OF_VAULT) return;
  throw new CspError('quota_exceeded', `The vault has ${MAX_CREDENTIALS_OF_VAULT} credentials already. Archive one`);
}

function toMissing({ id }: CredentialPath): CspError {
  return new CspError('not_found', `There is no ${id}`);
}

function toArchived({ id }: CredentialPath): CspError {
  return new CspError('invalid_request', `${id} is archived: its values were removed. Make another credential`);
}
