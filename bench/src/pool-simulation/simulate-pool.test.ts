import { execFile } from 'node:child_process';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../simulate-pool.ts');

it('writes the same report for the same seed, and exits by itself', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'csp-pool-'));
  const write = async (name: string) => {
    const out = join(folder.path, name);
    await promisify(execFile)(process.execPath, [SCRIPT, '--load', 'team', '--seed', '7', '--out', out]);
    return readFile(join(out, 'pool-simulation.json'), 'utf8');
  };
  expect(await write('first')).toBe(await write('second'));
});
