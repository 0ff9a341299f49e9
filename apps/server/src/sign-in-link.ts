import { toBaseUrl } from './config/base-url.ts';
import { toDatabaseUrl } from './config/database-url.ts';
import type { Config } from './config/load-config.ts';
import { loadServerSecrets } from './data-dir/server-secrets.ts';
import { createPlatformIdentity, toSignInLink } from './platform-identity.ts';
import { openStore } from './store/open-store.ts';
import { createLogger } from './telemetry/logger.ts';

/**
 * A new one-time sign-in link for the administrator, for somebody who cannot sign in. Works with or without a running
 * server. Rejects like `openStore` when the database cannot be opened.
 */
export async function issueSignInLink(config: Config): Promise<string> {
  const secrets = await loadServerSecrets(config);
  await using store = await openStore({ url: toDatabaseUrl(config) });
  const identity = createPlatformIdentity({ config, store, secrets, logger: createLogger({ level: 'error' }) });
  await identity.start();
  return toSignInLink(toBaseUrl(config, config.port), (await identity.createSignInLink()).token);
}
