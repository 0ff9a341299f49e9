import { seal, unseal } from '../secrets/envelope.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SecretPlace } from '../store/secrets.ts';
import type { Repositories } from '../store/port.ts';
import type { VaultRecord } from '../store/vaults.ts';
import type { CredentialSecrets } from './credential-content.ts';

/** The secret values of credentials, encrypted at rest: all values of one are one secret, so that they change together. */
export interface CredentialSafe {
  /** @throws CspError `state_conflict` where they cannot be decrypted, `not_found` where they are gone. */
  open(secrets: Pick<Repositories['secrets'], 'find'>, record: VaultRecord): Promise<CredentialSecrets | undefined>;
  put(secrets: Pick<Repositories['secrets'], 'put'>, record: VaultRecord, values: CredentialSecrets): Promise<void>;
}

export function createCredentialSafe(keyring: Keyring): CredentialSafe {
  return {
    async open(secrets, record) {
      const place = toSecretPlace(record);
      const sealed = await secrets.find(place);
      return sealed && (JSON.parse(unseal(keyring, place, sealed)) as CredentialSecrets);
    },
    async put(secrets, record, values) {
      const place = toSecretPlace(record);
      await secrets.put(place, seal(keyring, place, JSON.stringify(values)));
    },
  };
}

export function toSecretPlace({ id, parentId }: Pick<VaultRecord, 'id' | 'parentId'>): SecretPlace {
  return { scope: 'vault', ownerId: parentId, name: id };
}
