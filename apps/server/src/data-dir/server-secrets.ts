import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError } from '../config/load-config.ts';
import { readIfThere, readOrMake } from './make-once.ts';

/** What a server makes for itself at its first start and keeps in its data directory. */
export interface ServerSecrets {
  secretsKey: string;
  /** Another key that reads secrets at rest, while the key is being changed. */
  previousSecretsKey: string | undefined;
  /** The id of this server in the deployment, by which it also recognises its processes. */
  nodeId: string;
}

/** Where the keys come from; undefined for what the configuration does not have. */
export interface SecretsSource {
  dataDir: string;
  secretsKey: string | undefined;
  secretsKeyPrevious?: string | undefined;
}

const SECRETS_KEY_FILE = 'secrets.key';
const PREVIOUS_KEY_FILE = 'secrets.key.previous';
const MIN_KEY_CHARS = 32;

/**
 * Reads or makes the secrets key and the node's id. Rejects when the data directory cannot be written.
 * @throws ConfigError where one of them is empty or cut off.
 */
export async function loadServerSecrets(options: SecretsSource): Promise<ServerSecrets> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const makeFrom = (bytes: number) => () => randomBytes(bytes).toString('base64url');
  return {
    secretsKey:
      options.secretsKey ??
      (await readOrMake(join(options.dataDir, SECRETS_KEY_FILE), {
        make: makeFrom(48),
        minLength: MIN_KEY_CHARS,
        loss: 'everybody has to sign in again, and stored secrets cannot be read.',
      })),
    previousSecretsKey: await findPreviousSecretsKey(options),
    nodeId: `node_${await readOrMake(join(options.dataDir, 'node.id'), {
      make: makeFrom(12),
      minLength: 16,
      loss: 'agent processes that a killed server has left are not found any more. End them by hand.',
    })}`,
  };
}

/** The key that `loadServerSecrets` gives besides, or undefined where there is none. @throws ConfigError for a cut off file */
export async function findPreviousSecretsKey({
  dataDir,
  secretsKeyPrevious,
}: Omit<SecretsSource, 'secretsKey'>): Promise<string | undefined> {
  if (secretsKeyPrevious !== undefined) return secretsKeyPrevious;
  const path = join(dataDir, PREVIOUS_KEY_FILE);
  const text = await readIfThere(path);
  if (text === undefined || text.length >= MIN_KEY_CHARS) return text;
  throw new ConfigError(
    `${path} holds ${text.length} characters and must hold ${MIN_KEY_CHARS} at least. Put the earlier secrets key there, or remove the file.`,
  );
}

/** The secrets key of a data directory, or undefined where there is none. Makes nothing. */
export async function findSecretsKey(options: {
  dataDir: string;
  secretsKey: string | undefined;
}): Promise<string | undefined> {
  return options.secretsKey ?? readIfThere(join(options.dataDir, SECRETS_KEY_FILE));
}

/** Puts the keys that a server reads secrets with into a folder, as files of a data directory. */
export async function copySecretsKeys(source: SecretsSource, toDir: string): Promise<void> {
  const key = await findSecretsKey(source);
  const previousKey = await findPreviousSecretsKey(source);
  for (const [name, text] of [
    [SECRETS_KEY_FILE, key],
    [PREVIOUS_KEY_FILE, previousKey],
  ] as const)
    if (text !== undefined) await writeFile(join(toDir, name), `${text}\n`, { mode: 0o600, flag: 'wx' });
}
