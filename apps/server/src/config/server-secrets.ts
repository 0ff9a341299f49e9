import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a server makes for itself at its first start and keeps in its data directory. */
export interface ServerSecrets {
  secretsKey: string;
  /** Tells this server from others of the deployment, and its processes from those of others. */
  nodeId: string;
}

/** Reads or makes the secrets key and the node's id. Rejects when the data directory cannot be written. */
export async function loadServerSecrets(options: {
  dataDir: string;
  secretsKey: string | undefined;
}): Promise<ServerSecrets> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const read = (name: string, bytes: number) =>
    readOrMake(join(options.dataDir, name), () => randomBytes(bytes).toString('base64url'));
  return {
    secretsKey: options.secretsKey ?? (await read('secrets.key', 48)),
    nodeId: `node_${await read('node.id', 12)}`,
  };
}

async function readOrMake(path: string, make: () => string): Promise<string> {
  try {
    await writeFile(path, make(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
