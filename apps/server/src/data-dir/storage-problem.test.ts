import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { checkWritable, findStorageProblem } from './storage-problem.ts';

function toError(facts: object): Error {
  return Object.assign(new Error('a failure'), facts);
}

it('tells a full disk from one that cannot be written, by the first cause', () => {
  // As the store gives both.
  const full = toError({ code: 'disk_full', cause: toError({ code: 'SQLITE_FULL' }) });
  const unwritable = toError({ code: 'disk_full', cause: toError({ code: 'SQLITE_IOERR_WRITE' }) });
  expect(findStorageProblem(full)).toBe('full');
  expect(findStorageProblem(new Error('A turn failed', { cause: unwritable }))).toBe('read-only');
});

it('takes the error of a folder that cannot be made for a read-only disk', () => {
  expect(findStorageProblem(toError({ code: 'ENOENT', syscall: 'mkdir' }))).toBe('read-only');
  expect(findStorageProblem(toError({ code: 'ENOENT', syscall: 'open' }))).toBeUndefined();
});

it('writes a file to learn whether it can, with much free space as well', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'csp-writable-'));
  // The folder of the file is not there.
  await expect(checkWritable(join(dir, 'tmp', 'write-check'))).rejects.toThrow(/ENOENT/);
  await rm(dir, { recursive: true });
});
