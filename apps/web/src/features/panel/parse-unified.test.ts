import { expect, it } from 'vitest';

import { parseUnified } from './parse-unified.ts';

it('reads the hunks of a difference as git writes it', () => {
  const diff = [
    ...['diff --git a/a.txt b/a.txt', 'index 1..2 100644', '--- a/a.txt', '+++ b/a.txt'],
    ...[
      '@@ -1,2 +1,2 @@ head',
      ' one',
      '-two',
      '+2',
      '\\ No newline at end of file',
      '@@ -10 +10 @@',
      '--- old',
      '++ new',
      '',
    ],
  ].join('\n');
  expect(parseUnified(diff)).toEqual([
    { oldStart: 1, newStart: 1, lines: [' one', '-two', '+2'] },
    { oldStart: 10, newStart: 10, lines: ['--- old', '++ new'] },
  ]);
  expect(parseUnified('')).toEqual([]);
});
