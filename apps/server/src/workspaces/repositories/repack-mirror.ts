import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServerGit } from '../git/run-git.ts';

const REPACK_TIMEOUT_MS = 30 * 60 * 1000;
/** Each fetch leaves one; many make git slow. */
const MAX_PACKS = 20;
/** Whoever may push could have the server pack without end. */
const PRUNE_EVERY_MS = 10 * 60 * 1000;

/** Notes that a mirror has objects that no ref leads to any more. */
export async function markRewound(gitDir: string): Promise<void> {
  await writeFile(join(gitDir, 'csp-rewound'), '');
}

/**
 * Packs a mirror anew, with what its refs lead to and nothing else: where many fetches have left many packs, and where refs at the git server were
 * taken back or removed, at most every ten minutes. Sessions keep what they have borrowed.
 */
export async function repackMirror({ git, now }: { git: ServerGit; now(): number }, gitDir: string): Promise<void> {
  const [rewound, pruned] = [join(gitDir, 'csp-rewound'), join(gitDir, 'csp-pruned')];
  const packs = (await readdir(join(gitDir, 'objects', 'pack')).catch(() => [])).filter((name) =>
    name.endsWith('.pack'),
  );
  const isMarked = (await findTime(rewound)) !== undefined;
  const isDue = isMarked && now() - ((await findTime(pruned)) ?? -Infinity) >= PRUNE_EVERY_MS;
  if (packs.length <= MAX_PACKS && !isDue) return;
  await git.read(['repack', '-a', '-d', '-q'], { gitDir, timeoutMs: REPACK_TIMEOUT_MS });
  await writeFile(pruned, '');
  await rm(rewound, { force: true });
}

async function findTime(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
