import { expect, it } from 'vitest';

import { toTextRows, toValueRows } from './to-line-rows.ts';

const upgrade = { name: 'docs', version: 'pending' } as const;
const install = { name: 'docs', version: 'current' } as const;
const values = [
  { field: 'command', before: 'a', after: 'b' },
  { field: 'cwd', before: '.', after: '.' },
  { field: 'env.KEY', before: null, after: 'c' },
  { field: 'env.OLD', before: 'd', after: null },
];

it('shows what was changed before and after, and what was not once', () => {
  expect(toValueRows(upgrade, values).map(({ sign, label, text }) => `${sign}${label} ${text}`)).toEqual([
    ...['-command a', '+command b', ' cwd .', '+env.KEY c', '-env.OLD d'],
  ]);
  expect(toValueRows(install, values.slice(2, 3))).toEqual([{ sign: ' ', label: 'env.KEY', text: 'c' }]);
});

it('numbers the lines of a text, and says where some are left out', () => {
  const hunks = [
    { old_start: 1, new_start: 1, lines: [' a', '-b', '+c', '\\ No newline at end of file'] },
    { old_start: 9, new_start: 9, lines: ['+d'] },
  ];
  const text = { hunks, added: 2, removed: 1, left_off: 0 };
  expect(toTextRows(upgrade, text)).toEqual([
    { sign: ' ', text: 'a', label: '1' },
    { sign: '-', text: 'b', label: '2' },
    { sign: '+', text: 'c', label: '2' },
    { sign: '+', text: 'd', label: '9', gap: true },
  ]);
  expect(toTextRows(install, text).every(({ sign }) => sign === ' ')).toBe(true);
});
