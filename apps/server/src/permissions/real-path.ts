import { readlinkSync, realpathSync, statSync } from 'node:fs';
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

/** The same for a word of a command, which a shell takes to the letter. */
export function findRealWord(word: string, workingDir: string): string | undefined {
  return followLinks(resolve(workingDir, word), MAX_LINKS);
}

/** Whether a real path is a folder or lies below it; the folder may be given through links. */
export function isInside(path: string, dir: string): boolean {
  const real = followLinks(dir, MAX_LINKS);
  return real !== undefined && (path === real || path.startsWith(real + sep));
}

/** False for what is not there or cannot be looked at. */
export function isFolder(path: string | undefined): boolean {
  try {
    return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
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
