import { toBaseUrl } from './config/base-url.ts';
import type { Config } from './config/load-config.ts';
import type { ServerSecrets } from './data-dir/server-secrets.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import { systemClock } from './lib/clock.ts';
import type { Store } from './store/port.ts';
import type { Logger } from './telemetry/logger.ts';

/** Identity as this server is configured. */
export function createPlatformIdentity(options: {
  config: Config;
  store: Store;
  secrets: ServerSecrets;
  logger: Logger;
}): Identity {
  const { config, store, secrets, logger } = options;
  return createIdentity({
    kind: store.kind,
    database: store.database,
    secret: secrets.secretsKey,
    baseUrl: toBaseUrl(config, config.port),
    bootstrapApiKey: config.bootstrapApiKey,
    logger,
    clock: systemClock,
  });
}

/** The token is in the fragment (`#`), which browsers never send to a server or proxy. */
export function toSignInLink(baseUrl: string, token: string): string {
  return `${baseUrl}/sign-in#link=${token}`;
}
