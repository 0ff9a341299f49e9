import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** The same bound as the system's own; a path with more links is a loop. */
const MAX_LINKS = 40;

/**
 * Where a path leads that an agent gave: relative to the workspace, with all links of its existing part followed, also
 * a last one to what does not exist yet, so that a link cannot lead out of the workspace. Read as the CLI reads it
 * (2.1.330), without blanks around it and composed. Undefined where that cannot be told: `~`, a loop, a zero byte.
 */
export function findRealPath(path: string, workspaceDir: string): string | undefined {
  const plain = path.trim().normalize('NFC');
  if (plain.startsWith('~') || plain.includes('\0')) return undefined;
  return followLinks(resolve(workspaceDir, plain), MAX_LINKS);
}

/** Whether a real path is a folder or lies below it; the folder may be given through links. */
export function isInside(path: string, dir: string): boolean {
  const real = followLinks(dir, MAX_LINKS);
  return real !== undefined && (path === real || path.startsWith(real + sep));
}

function followLinks(path: string, linksLeft: number): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    const target = findLinkTarget(path);
    if (target !== undefined) return linksLeft === 0 ? undefined : followLinks(target, linksLeft - 1);
    const parent = dirname(path);
    if (parent === path) return path;
    const real = followLinks(parent, linksLeft);
    return real === undefined ? undefined : join(real, basename(path));
  }
}

function findLinkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}
