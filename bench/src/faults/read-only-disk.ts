import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import type { FaultCase, FaultStage } from './run-fault.ts';

const DISK_MB = 256;
const NAME = 'disk made read-only by the kernel; mended by fsck and a restart';

/** An ext4 file system of its own, in a file. */
export interface Ext4Disk extends AsyncDisposable {
  dataDir: string;
  fault: FaultCase;
}

/** Whether the cases of this file have such a name. */
export function hasReadOnlyName(isWanted: (fault: { name: string }) => boolean): boolean {
  return isWanted({ name: NAME });
}

/**
 * Mounts a disk that its kernel makes read-only when it finds an error on it, as ext4 does by default on most machines. Needs root
 * and a loop device. What is open stays open: such a disk has to be unmounted and checked before it is used again.
 */
export async function mountExt4Disk(): Promise<Ext4Disk> {
  const dir = await mkdtemp(join(tmpdir(), 'csp-ext4-'));
  const [image, path] = [join(dir, 'image'), join(dir, 'disk')];
  await mkdir(path);
  run('truncate', '--size', `${DISK_MB}M`, image);
  run('mkfs.ext4', '-q', '-F', image);
  const device = run('losetup', '--find', '--show', image);
  const mount = () => run('mount', '--options', 'errors=remount-ro', device, path);
  mount();
  const fault: FaultCase = {
    ...{ name: NAME, lastsMs: 3000 },
    async begin({ server }: FaultStage) {
      await writeFile(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, 'made by a test');
      return async () => {
        await server.stop();
        run('umount', path);
        check(device);
        mount();
        await server.restart();
      };
    },
  };
  return {
    ...{ dataDir: join(path, 'data'), fault },
    async [Symbol.asyncDispose]() {
      run('umount', '--lazy', path);
      run('losetup', '--detach', device);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Its exit code is 1 where it has mended something. */
function check(device: string): void {
  const { status, stderr } = spawnSync('e2fsck', ['-p', device], { encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(`e2fsck ended with ${status}: ${stderr}`);
}

function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { stdio: 'pipe' }).toString().trim();
}
