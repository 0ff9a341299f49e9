import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const FIXTURE = join(import.meta.dirname, 'fixtures', 'stops-on-signals.ts');

/** Runs the fixture, sends each signal when it has answered the one before, and resolves with its exit code. */
async function run(ends: readonly string[], signals: readonly NodeJS.Signals[]) {
  const child = spawn(process.execPath, [FIXTURE, ...ends], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exited = once(child, 'exit');
  for (const signal of signals) {
    await once(child.stdout, 'data');
    child.kill(signal);
  }
  const [code] = (await exited) as [number | null];
  return { code, says: errors.split('\n')[0] };
}

it.each([
  { ends: ['ok'], signals: ['SIGTERM'], code: 0, says: '' },
  {
    ends: ['fails'],
    signals: ['SIGTERM'],
    code: 1,
    says: 'The server could not stop in good order: Error: A part did not close',
  },
  { ends: ['hangs', 'ok'], signals: ['SIGTERM', 'SIGINT'], code: 130, says: '' },
  {
    ends: ['hangs', 'fails'],
    signals: ['SIGINT', 'SIGINT'],
    code: 1,
    says: 'The server could not stop in good order: Error: A part did not close',
  },
] as const)(
  'ends the process with $code after $signals when the stop $ends',
  async ({ ends, signals, ...expected }) => {
    expect(await run(ends, signals)).toEqual(expected);
  },
);
