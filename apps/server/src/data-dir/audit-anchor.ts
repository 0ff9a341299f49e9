import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A file beside the database in which this server notes how far the audit log reached, as JSON: who can write to the
 * database only cannot cut off the log's end unseen.
 */
export interface AuditAnchor {
  /** Undefined without a file, or where it holds no JSON. */
  read(): Promise<unknown>;
  write(value: unknown): Promise<void>;
}

export function openAuditAnchor(dataDir: string): AuditAnchor {
  const path = join(dataDir, 'audit-head.json');
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
    async write(value) {
      const partial = `${path}.part`;
      {
        await using file = await open(partial, 'w', 0o600);
        await file.writeFile(JSON.stringify(value));
      }
      await rename(partial, path);
    },
  };
}
