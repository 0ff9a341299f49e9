import { spawn } from 'node:child_process';

export interface MeasuredFolders {
  bytes: number;
  /** Why more may lie there than was counted: a folder that cannot be read, or more than could be looked at in time. */
  uncounted: 'nothing' | 'closed' | 'late';
}

const TIMEOUT_MS = 120_000;
/** The message of `du` for a folder that it may not read. */
const CLOSED = 'Permission denied';

/**
 * The bytes that folders take on disk together: a file with two names counts once, a hole not at all. Uses the
 * system's `du`, which follows no link and goes to any depth, at the lowest priority. Undefined when there are none,
 * and when the signal aborts. Rejects when `du` cannot be run.
 */
export function measureFolders(
  paths: readonly string[],
  signal: AbortSignal,
  { timeoutMs = TIMEOUT_MS } = {},
): Promise<MeasuredFolders | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const args = ['LC_ALL=C', 'nice', '-n', '19', 'du', '-skx', '--', ...paths];
    const du = spawn('env', args, { timeout: timeoutMs, signal, stdio: ['ignore', 'pipe', 'pipe'] });
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
      else if (endedBy !== null) resolve({ bytes: 0, uncounted: 'late' });
      else resolve(toMeasured(sums, isClosed));
    });
  });
}

function toMeasured(text: string, isClosed: boolean): MeasuredFolders | undefined {
  const sums = text.split('\n').flatMap((line) => /^(\d+)\t/.exec(line)?.[1] ?? []);
  if (sums.length === 0) return undefined;
  const bytes = sums.reduce((sum, each) => sum + Number(each), 0) * 1024;
  return { bytes, uncounted: isClosed ? 'closed' : 'nothing' };
}
