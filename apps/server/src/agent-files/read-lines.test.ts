import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { readLines, type LineBounds } from './read-lines.ts';

const AMPLE = { maxBytes: 10_000_000, maxLineBytes: 10_000_000 };

async function read(text: string, bounds: LineBounds = AMPLE): Promise<string[]> {
  await using dir = await createWorkspaceDir();
  const path = join(dir.path, 'file');
  await writeFile(path, text);
  await using file = await open(path);
  const lines: string[] = [];
  for await (const some of readLines(file, bounds)) lines.push(...some);
  return lines;
}

it('answers the lines that are there, also those longer than a chunk', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\n')),
    fc.integer({ min: 200_000, max: 600_000 }).map((length) => 'é'.repeat(length)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 4 }), async (lines) => {
      const expected = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
      expect(await read(lines.join('\n'))).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

it('leaves out a line that is too long and goes on behind it', async () => {
  const text = `first\n${'x'.repeat(700_000)}\nlast`;
  expect(await read(text, { ...AMPLE, maxLineBytes: 100 })).toEqual(['first', 'last']);
});

it('reads no further than it may', async () => {
  expect(await read('one\ntwo\nthree', { ...AMPLE, maxBytes: 7 })).toEqual(['one', 'two']);
});
