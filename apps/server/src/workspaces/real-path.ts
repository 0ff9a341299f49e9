import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';

/** The same bound as the system's own; a path with more links is a loop. */
const MAX_LINKS = 40;
/** The system opens no longer path. */
const MAX_PATH_BYTES = 4095;
/** As many as a path of the longest length has parts; links add few. The walk blocks every session of the server. */
const MAX_LOOKUPS = 4096;

/**
 * Where a path leads that an agent gave: relative to the workspace, with all links of its existing part followed, also
 * a last one to what does not exist yet, so that a link cannot lead out of the workspace. Read as the CLI reads it
 * (2.1.330), without blanks around it, composed, and with each `..` taken back before a link is followed. Undefined where
 * that cannot be told: `~`, a loop, a zero byte, a path that is too long, a folder that cannot be looked into.
 */
export function findRealPath(path: string, workspaceDir: string): string | undefined {
  if (path.length > MAX_PATH_BYTES) return undefined;
  const plain = path.trim().normalize('NFC');
  return plain.startsWith('~') ? undefined : followLinks(resolve(workspaceDir, plain), sep);
}

/** The same for a word of a command. A shell takes it literally: `..` leads up from the target of a link. */
export function findRealWord(word: string, realDir: string): string | undefined {
  return followLinks(word, realDir);
}

/** Whether a real path is a real folder or lies below it. */
export function isInside(path: string | undefined, realDir: string | undefined): boolean {
  if (path === undefined || realDir === undefined) return false;
  return path === realDir || path.startsWith(realDir + sep);
}

/** False for what is not there or cannot be looked at. */
export function isFolder(path: string | undefined): boolean {
  try {
    return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

/** Walks down from a real folder, link by link, to the first part that is missing. */
function followLinks(path: string, realDir: string): string | undefined {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || path.includes('\0')) return undefined;
  let real = isAbsolute(path) ? sep : realDir;
  const left = toParts(path).toReversed();
  let links = 0;
  for (let lookups = 0; lookups < MAX_LOOKUPS; lookups += 1) {
    const part = left.pop();
    if (part === undefined) return real;
    if (part === '..') {
      real = dirname(real);
      continue;
    }
    const found = lookAt(join(real, part));
    if (found === 'closed') return undefined;
    if (found === 'missing') return left.includes('..') ? undefined : join(real, part, ...left.toReversed());
    if (found === 'here') real = join(real, part);
    else {
      links += 1;
      if (links > MAX_LINKS) return undefined;
      if (isAbsolute(found.target)) real = sep;
      left.push(...toParts(found.target).toReversed());
    }
  }
  return undefined;
}

function toParts(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}

function lookAt(path: string): 'here' | 'missing' | 'closed' | { target: string } {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    return stats.isSymbolicLink() ? { target: readlinkSync(path) } : 'here';
  } catch (error) {
    // Below what is no folder.
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'missing' : 'closed';
  }
}
