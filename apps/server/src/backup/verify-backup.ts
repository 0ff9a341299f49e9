import { verifyFiles } from './index-files.ts';
import { readManifest, type Manifest } from './manifest.ts';

/**
 * Reads every byte of a backup and compares it with what was written.
 * @throws BackupError that says what is missing or has changed
 */
export async function verifyBackup(dir: string): Promise<Manifest> {
  const manifest = await readManifest(dir);
  await verifyFiles(dir, manifest.index);
  return manifest;
}
