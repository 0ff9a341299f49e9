import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

const FILES_OF_FOLDER = 100;

/** Fills a bare repository with one commit of files of random bytes, which take as much disk as they are long. */
export async function makeRepository(
  gitDir: string,
  { files, bytes }: { files: number; bytes: number },
): Promise<void> {
  const git = spawn('git', ['--git-dir', gitDir, 'fast-import', '--quiet'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(git, 'exit');
  const write = async (data: string | Buffer) => {
    if (!git.stdin.write(data)) await once(git.stdin, 'drain');
  };
  const each = Math.floor(bytes / files);
  await write('commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 5\nFirst\n');
  for (let index = 0; index < files; index += 1) {
    await write(`M 100644 inline folder-${Math.floor(index / FILES_OF_FOLDER)}/file-${index}.bin\ndata ${each}\n`);
    await write(randomBytes(each));
    await write('\n');
  }
  git.stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}
