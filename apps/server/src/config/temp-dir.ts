import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Gives this server a folder of its own for temporary files, empty at every start. The SDK puts transcripts of resumed
 * sessions there; in a shared one they would outlive a killed server and be visible to others.
 */
export async function useOwnTempDir(dataDir: string): Promise<void> {
  const dir = join(dataDir, 'tmp');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  process.env['TMPDIR'] = dir;
}
