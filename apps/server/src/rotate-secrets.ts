import { toDatabaseUrl } from './config/database-url.ts';
import { ConfigError, type Config } from './config/load-config.ts';
import { findPreviousSecretsKey, findSecretsKey } from './data-dir/server-secrets.ts';
import { createKeyring } from './secrets/keyring.ts';
import { rewrapSecrets, type RewrapReport } from './secrets/rewrap-secrets.ts';
import { openStore } from './store/open-store.ts';

/**
 * Wraps with the current secrets key what the previous one has wrapped, in the store that a configuration means, with or
 * without a running server.
 * @throws ConfigError without a secrets key, StoreError where the store cannot be opened
 */
export async function rotateSecrets(config: Config): Promise<RewrapReport> {
  const secretsKey = await findSecretsKey(config);
  if (secretsKey === undefined)
    throw new ConfigError(
      `There is no secrets key: neither CLAUDE_SDK_PATTERN_SECRETS_KEY nor secrets.key in ${config.dataDir}. Give the one that the servers have.`,
    );
  await using store = await openStore({ url: toDatabaseUrl(config), isExisting: true });
  return await rewrapSecrets(store.secrets, createKeyring(secretsKey, await findPreviousSecretsKey(config)));
}
