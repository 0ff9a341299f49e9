import type { AuditRecorder } from '../audit/audit-log.ts';
import type { ServerSecrets } from '../data-dir/server-secrets.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createKeyring, type Keyring } from './keyring.ts';
import { createSecretResolver, type SecretResolver } from './resolve-secrets.ts';
import { rewrapSecrets } from './rewrap-secrets.ts';
import { createSecretBook, type SecretBook } from './secret-book.ts';
import type { SecretsInUse } from './secrets-in-use.ts';

export interface Secrets {
  book: SecretBook;
  resolver: SecretResolver;
  keyring: Keyring;
  /** Wraps in the background, with the current key, what another one has wrapped, and logs what cannot be read. */
  start(): void;
  close(): Promise<void>;
}

/** The parts that keep secrets, with the keys of this server. */
export function openSecrets(deps: {
  store: Pick<Store, 'secrets' | 'agents' | 'transaction'>;
  audit: AuditRecorder;
  keys: Pick<ServerSecrets, 'secretsKey' | 'previousSecretsKey'>;
  inUse: SecretsInUse;
  logger: Pick<Logger, 'info' | 'error'>;
}): Secrets {
  const { store, audit, keys, inUse, logger } = deps;
  const keyring = createKeyring(keys.secretsKey, keys.previousSecretsKey);
  const closing = new AbortController();
  let rewrapping: Promise<void> = Promise.resolve();

  async function rewrap(): Promise<void> {
    const { rewrapped, unreadable, examples } = await rewrapSecrets(store.secrets, keyring, closing.signal);
    if (rewrapped > 0) logger.info({ secrets: rewrapped }, 'wrapped secrets with the current secrets key');
    if (unreadable > 0)
      logger.error(
        { secrets: unreadable, reasons: examples },
        'secrets at rest cannot be read with the keys of this server',
      );
  }

  return {
    book: createSecretBook({ store, audit, keyring }),
    resolver: createSecretResolver({ secrets: store.secrets, audit, keyring, inUse }),
    keyring,
    start() {
      rewrapping = rewrap().catch((error: unknown) =>
        logger.error({ err: error }, 'secrets could not be wrapped with the current key; the next start tries again'),
      );
    },
    async close() {
      closing.abort();
      await rewrapping;
    },
  };
}
