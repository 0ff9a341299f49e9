import { createCheckpointSigner, isSigned, toCheckpoint } from './audit/checkpoint.ts';
import { verifyStore, type AuditReport } from './audit/verify-store.ts';
import { toDatabaseUrl } from './config/database-url.ts';
import type { Config } from './config/load-config.ts';
import { openAuditAnchor } from './data-dir/audit-anchor.ts';
import { findPreviousSecretsKey, findSecretsKey } from './data-dir/server-secrets.ts';
import { openStore } from './store/open-store.ts';

export interface VerifiedAudit extends AuditReport {
  /** The key that signs here, for whoever wants to note it; undefined where the secrets key is not at hand. */
  publicKey: string | undefined;
}

/**
 * Checks the audit log in the store that a configuration means, with or without a running server. Without the secrets
 * key, and without keys that are trusted, the signatures of checkpoints count whoever made them.
 * @param trustedKeys public keys of earlier secrets keys
 * @throws StoreError where the store cannot be read
 */
export async function verifyAudit(config: Config, trustedKeys: readonly string[] = []): Promise<VerifiedAudit> {
  const secretsKey = await findSecretsKey(config);
  const publicKey = secretsKey === undefined ? undefined : createCheckpointSigner(secretsKey).publicKey;
  const previousKey = await findPreviousSecretsKey(config);
  const known = new Set([
    ...trustedKeys,
    ...(publicKey === undefined ? [] : [publicKey]),
    ...(previousKey === undefined ? [] : [createCheckpointSigner(previousKey).publicKey]),
  ]);
  const noted = toCheckpoint(await openAuditAnchor(config.dataDir).read());
  const anchor = noted !== undefined && isSigned(noted) && (known.size === 0 || known.has(noted.public_key));
  await using store = await openStore({ url: toDatabaseUrl(config), isExisting: true });
  const report = await verifyStore(store, {
    trustedKeys: known.size === 0 ? undefined : known,
    anchor: anchor ? noted : undefined,
  });
  return { ...report, publicKey };
}
