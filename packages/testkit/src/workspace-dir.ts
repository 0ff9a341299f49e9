import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface WorkspaceDir extends AsyncDisposable {
  path: string;
}

/** Creates a temporary folder with the given files (path to content). It is removed on disposal. */
export async function createWorkspaceDir(files: Readonly<Record<string, string>> = {}): Promise<WorkspaceDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'csp-test-')));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return {
    path,
    // A process that was just killed may keep a file open for a moment.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
