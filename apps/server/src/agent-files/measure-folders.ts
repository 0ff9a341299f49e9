import { execFile } from 'node:child_process';

/** A folder with millions of files takes that long; a longer one is measured the next time. */
const TIMEOUT_MS = 120_000;

/**
 * What folders take on disk together, in bytes: a file with two names counts once, a hole in a file not at all. By the
 * system's `du`, which follows no link and any depth, at the lowest priority. Undefined where it cannot tell.
 */
export function measureFolders(paths: readonly string[], signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const args = ['-n', '19', 'du', '-skx', '--', ...paths];
    // It fails for each file that goes away meanwhile, and tells the sums all the same.
    execFile('nice', args, { timeout: TIMEOUT_MS, signal, encoding: 'utf8' }, (error, stdout) => {
      const sums = stdout.split('\n').flatMap((line) => /^(\d+)\t/.exec(line)?.[1] ?? []);
      resolve(error?.killed === true || sums.length === 0 ? undefined : toBytes(sums));
    });
  });
}

function toBytes(kibibytes: readonly string[]): number {
  return kibibytes.reduce((sum, each) => sum + Number(each), 0) * 1024;
}
