import { opendirSync, readlinkSync, type Dir } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';

import type { ProcessTree } from './build-trees.ts';
import { isShortage } from './proc-errors.ts';

/** Bytes of files without a name, which live as long as a process has them open. */
export interface UnnamedBytes {
  /** By memfd_create, or deleted from a folder in memory. */
  memory: number;
  /** Deleted from a folder on disk: no `du` finds them. */
  disk: number;
}

export interface UnnamedFiles {
  /**
   * Looks at the next `maxDescriptors` descriptors of the tree. Returns the result of the last complete look, or of
   * the current one so far if that is more. Skips files on the devices `counted`, which are counted elsewhere.
   */
  read(tree: Tree, options: ReadOptions): Promise<UnnamedBytes>;
  /** Forgets the trees whose roots are not among these. */
  keep(pids: ReadonlySet<number>): Promise<void>;
}

type Tree = Pick<ProcessTree, 'pid' | 'processes'>;

export interface ReadOptions {
  maxDescriptors: number;
  counted?: ReadonlySet<number>;
}

/** Of statfs(2): tmpfs, which memfds are on too, and the file system of huge pages. */
const MEMORY_MAGICS: ReadonlySet<number> = new Set([0x01_02_19_94, 0x95_84_58_f6]);
const BLOCK_BYTES = 512;
/** So many names are read before the server may do other things. */
const BATCH = 100;

/** One look at all descriptors of a tree. With many descriptors it takes several sweeps. */
interface Look {
  steps: AsyncGenerator<void, void>;
  found: UnnamedBytes;
}

/** Finds files without a name by the descriptors of processes in /proc. */
export function createUnnamedFiles(): UnnamedFiles {
  const looks = new Map<number, { current?: Look | undefined; last: UnnamedBytes }>();

  return {
    async read(tree, { maxDescriptors, counted = new Set() }) {
      const state = looks.get(tree.pid) ?? { last: { memory: 0, disk: 0 } };
      looks.set(tree.pid, state);
      state.current ??= beginLook(tree, counted);
      const { steps, found } = state.current;
      for (let step = 0; step < maxDescriptors; step += 1) {
        if ((await steps.next()).done !== true) continue;
        state.last = found;
        state.current = undefined;
        break;
      }
      const { last } = state;
      return { memory: Math.max(last.memory, found.memory), disk: Math.max(last.disk, found.disk) };
    },
    async keep(pids) {
      for (const [pid, { current }] of looks) {
        if (pids.has(pid)) continue;
        looks.delete(pid);
        await current?.steps.return();
      }
    },
  };
}

function beginLook(tree: Tree, counted: ReadonlySet<number>): Look {
  const found = { memory: 0, disk: 0 };
  return { found, steps: look(tree, { counted, found }) };
}

/** One descriptor a step. */
async function* look(
  { processes }: Tree,
  { counted, found }: { counted: ReadonlySet<number>; found: UnnamedBytes },
): AsyncGenerator<void, void> {
  const seen = new Set<string>();
  let inBatch = 0;
  for (const { pid } of processes) {
    for (const descriptor of listDescriptors(pid)) {
      if (++inBatch % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
      const path = `/proc/${pid}/fd/${descriptor}`;
      if (mayBeUnnamed(path)) await addFile(path, { counted, found, seen });
      yield;
    }
  }
}

/** One at a time: a process may have a million. */
function* listDescriptors(pid: number): Generator<string, void> {
  let folder: Dir | undefined;
  try {
    folder = opendirSync(`/proc/${pid}/fd`, { bufferSize: BATCH });
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry.name;
  } catch (error) {
    // Any other error means that the process has ended, or may not be read.
    if (isShortage(error)) throw error;
  } finally {
    folder?.closeSync();
  }
}

/** Out of the kernel's memory alone, unlike a look at the file: that one may be on a network. */
function mayBeUnnamed(path: string): boolean {
  try {
    return readlinkSync(path).endsWith(' (deleted)');
  } catch (error) {
    // A path can be too long to be told.
    return error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG';
  }
}

async function addFile(
  path: string,
  { counted, found, seen }: { counted: ReadonlySet<number>; found: UnnamedBytes; seen: Set<string> },
): Promise<void> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined || !file.isFile() || file.nlink > 0 || counted.has(file.dev)) return;
  const identity = `${file.dev}:${file.ino}`;
  if (seen.has(identity)) return;
  seen.add(identity);
  const type = (await statfs(path).catch(() => undefined))?.type ?? 0;
  found[MEMORY_MAGICS.has(type) ? 'memory' : 'disk'] += file.blocks * BLOCK_BYTES;
}
