import { spawn } from 'node:child_process';

export interface MeasuredFolders {
  bytes: number;
  /** Files, folders and whatever else has a name; 0 where they were not counted. */
  entries: number;
  /** Why more may lie there than was counted: a folder that cannot be read, or more than could be looked at in time. */
  uncounted: 'nothing' | 'closed' | 'late';
}

interface MeasureOptions {
  timeoutMs?: number;
  /** Also counts entries, which looks at all of it once more. A `du` that cannot count them (BSD) leaves them at 0. */
  countEntries?: boolean;
}

const TIMEOUT_MS = 120_000;
/** The message of `du` for a folder that it may not read. */
const CLOSED = 'Permission denied';

/**
 * The bytes that folders take on disk together: a file with two names counts once, a hole not at all. Uses the
 * system's `du`, which follows no link and goes to any depth, at a low priority, but not the lowest: where agents keep
 * all processors busy, limits are to be found in seconds. Undefined when there are none, and when the signal aborts.
 * Rejects when `du` cannot be run.
 */
export async function measureFolders(
  paths: readonly string[],
  signal: AbortSignal,
  { timeoutMs = TIMEOUT_MS, countEntries = false }: MeasureOptions = {},
): Promise<MeasuredFolders | undefined> {
  const count = countEntries ? runDu(['-sx', '--inodes', '--', ...paths], signal, timeoutMs) : undefined;
  const [blocks, counted] = await Promise.all([runDu(['-skx', '--', ...paths], signal, timeoutMs), count]);
  if (blocks === 'late' || counted === 'late') {
    const bytes = blocks === 'late' ? 0 : (blocks?.sum ?? 0) * 1024;
    return { bytes, entries: 0, uncounted: 'late' };
  }
  if (blocks?.sum === undefined) return undefined;
  return { bytes: blocks.sum * 1024, entries: counted?.sum ?? 0, uncounted: blocks.isClosed ? 'closed' : 'nothing' };
}

/** Undefined when it was aborted; no sum where nothing was there. */
function runDu(
  args: readonly string[],
  signal: AbortSignal,
  timeoutMs: number,
): Promise<{ sum: number | undefined; isClosed: boolean } | 'late' | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, signal };
    const du = spawn('env', ['LC_ALL=C', 'nice', '-n', '10', 'du', ...args], {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let sums = '';
    du.stdout.setEncoding('utf8').on('data', (text: string) => void (sums += text));
    // Also a line for each file that goes away meanwhile, however many: nothing of it is kept but its end.
    let [said, isClosed] = ['', false];
    du.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      isClosed ||= said.includes(CLOSED);
      said = said.slice(-CLOSED.length);
    });
    du.on('error', (error) => (signal.aborted ? resolve(undefined) : reject(error)));
    du.on('close', (_code, endedBy) => {
      if (signal.aborted) resolve(undefined);
      else if (endedBy !== null) resolve('late');
      else resolve({ sum: toSum(sums), isClosed });
    });
  });
}

function toSum(text: string): number | undefined {
  const sums = text.split('\n').flatMap((line) => /^(\d+)\t/.exec(line)?.[1] ?? []);
  return sums.length === 0 ? undefined : sums.reduce((sum, each) => sum + Number(each), 0);
}
