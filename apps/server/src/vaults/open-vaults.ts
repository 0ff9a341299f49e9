import { randomUUID } from 'node:crypto';

import type { AuditRecorder } from '../audit/audit-log.ts';
import type { McpAuthorization } from '../definitions/mcp-authorization.ts';
import type { Clock } from '../lib/clock.ts';
import type { Keyring } from '../secrets/keyring.ts';
import type { SecretsInUse } from '../secrets/secrets-in-use.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createCredentialBook, type CredentialBook } from './credential-book.ts';
import { createCredentialSafe } from './credential-secrets.ts';
import { createRefreshCredential } from './refresh-credential.ts';
import { createValidateCredential, type ProbeServer } from './validate-credential.ts';
import { createVaultAuthorization } from './vault-authorization.ts';
import { createVaultBook, type VaultBook, type VaultBookDeps } from './vault-book.ts';

export interface Vaults {
  book: VaultBook;
  credentials: CredentialBook;
  /** What sessions with vaults send to their MCP servers. */
  authorization: McpAuthorization;
}

/** The parts that keep people's credentials for MCP servers. */
export function openVaults(deps: {
  store: Store;
  audit: AuditRecorder;
  keyring: Keyring;
  inUse: Pick<SecretsInUse, 'note'>;
  assertActive: VaultBookDeps['assertActive'];
  probe: ProbeServer;
  clock: Pick<Clock, 'now'>;
  logger: Pick<Logger, 'error'>;
}): Vaults {
  const { store, audit, keyring, inUse, assertActive, probe, clock, logger } = deps;
  const safe = createCredentialSafe(keyring);
  const refresh = createRefreshCredential({ store, safe, audit, clock, logger, holder: randomUUID() });
  const validate = createValidateCredential({ store, safe, refresh, probe, clock });
  return {
    book: createVaultBook({ store, audit, assertActive }),
    credentials: createCredentialBook({ store, audit, safe, validate, clock }),
    authorization: createVaultAuthorization({ store, safe, refresh, audit, inUse, clock }),
  };
}
