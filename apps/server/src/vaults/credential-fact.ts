import type { VaultRecord } from '../store/vaults.ts';
import { readCredentialContent } from './credential-content.ts';

/** A credential in the audit log: what it is for, and nothing secret. */
export function toCredentialFact(record: VaultRecord) {
  const { auth } = readCredentialContent(record);
  const { origin = null } = URL.parse(auth.serverUrl) ?? {};
  return {
    target: { type: 'vault_credential', id: record.id },
    details: { vault_id: record.parentId, type: auth.type, server: origin },
  } as const;
}
