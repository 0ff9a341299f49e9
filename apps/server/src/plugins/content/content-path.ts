import { posix } from 'node:path';

import { refuseFile } from '../problem.ts';

const MAX_PATH_BYTES = 1024;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 64;
/** A drive of Windows; a name with a colon is a stream of a file there. */
const WINDOWS = /^[A-Za-z]:|\\/;
const INVISIBLE = /[\p{Cc}\u{2028}\u{2029}\u{202A}-\u{202E}\u{2066}-\u{2069}]/u;

/**
 * The path of an entry, relative and without `.` parts; `.` for the folder itself.
 * @throws CspError `invalid_request` for one that leads out of the plugin, or that not every system takes.
 */
export function checkContentPath(path: string): string {
  const problem = findPathProblem(path);
  if (problem === undefined) return posix.normalize(path).replace(/\/$/, '');
  throw refuseFile(JSON.stringify(path), problem.message, problem.remedy);
}

function findPathProblem(path: string): { message: string; remedy: string } | undefined {
  const names = path.split('/');
  if (path.startsWith('/') || WINDOWS.test(path))
    return { message: 'is an absolute path or has a backslash', remedy: 'Use relative paths, with /' };
  if (names.includes('..')) return { message: 'leads out of its folder', remedy: 'Take the part ".." out of it' };
  if (INVISIBLE.test(path) || !path.isWellFormed())
    return { message: 'has invisible characters', remedy: 'Rename the file' };
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES))
    return {
      message: `is longer than ${MAX_PATH_BYTES} bytes, or one name in it than ${MAX_NAME_BYTES}`,
      remedy: 'Use shorter names',
    };
  if (names.length > MAX_DEPTH) return { message: `is deeper than ${MAX_DEPTH} folders`, remedy: 'Use fewer folders' };
  return undefined;
}
