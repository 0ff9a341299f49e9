import { toBaseUrl } from './config/base-url.ts';
import type { Config } from './config/load-config.ts';
import type { ServerSecrets } from './data-dir/server-secrets.ts';
import { createIdentity, type Identity } from './identity/identity.ts';
import type { OidcSettings } from './identity/oidc/oidc-settings.ts';
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
    takesPasswords: config.passwordSignIn === 'on',
    oidc: toOidcSettings(config),
    jwtIssuers: config.jwtIssuers,
    logger,
    clock: systemClock,
  });
}

/** Undefined where no provider is set up. */
function toOidcSettings(config: Config): OidcSettings | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  return {
    ...{ issuer, clientId, clientSecret: config.oidcClientSecret, name: config.oidcName },
    scopes: config.oidcScopes.split(/\s+/).filter((scope) => scope !== ''),
    admission: config.oidcAdmission,
    groupsClaim: config.oidcGroupsClaim,
    roles: config.oidcRoles,
    emailVerifiedClaim: config.oidcEmailVerifiedClaim,
    lastsMs: config.oidcSignInHours * 60 * 60_000,
  };
}

/** The token is in the fragment (`#`), which browsers never send to a server or proxy. */
export function toSignInLink(baseUrl: string, token: string): string {
  return `${baseUrl}/sign-in#link=${token}`;
}
