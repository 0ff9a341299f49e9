import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readIfThere, readOrMake } from './make-once.ts';

/** What a server makes for itself at its first start and keeps in its data directory. */
export interface ServerSecrets {
  secretsKey: string;
  /** The id of this server in the deployment, by which it also recognises its processes. */
  nodeId: string;
}

const SECRETS_KEY_FILE = 'secrets.key';

/**
 * Reads or makes the secrets key and the node's id. Rejects when the data directory cannot be written.
 * @throws ConfigError where one of them is empty or cut off.
 */
export async function loadServerSecrets(options: {
  dataDir: string;
  secretsKey: string | undefined;
}): Promise<ServerSecrets> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const makeFrom = (bytes: number) => () => randomBytes(bytes).toString('base64url');
  return {
    secretsKey:
      options.secretsKey ??
      (await readOrMake(join(options.dataDir, SECRETS_KEY_FILE), {
        make: makeFrom(48),
        minLength: 32,
        loss: 'everybody has to sign in again, and stored secrets cannot be read.',
      })),
    nodeId: `node_${await readOrMake(join(options.dataDir, 'node.id'), {
      make: makeFrom(12),
      minLength: 16,
      loss: 'agent processes that a killed server has left are not found any more. End them by hand.',
    })}`,
  };
}

/** The secrets key of a data directory, or undefined where there is none. Makes nothing. */
export async function findSecretsKey(options: {
  dataDir: string;
  secretsKey: string | undefined;
}): Promise<string | undefined> {
  return options.secretsKey ?? readIfThere(join(options.dataDir, SECRETS_KEY_FILE));
}
