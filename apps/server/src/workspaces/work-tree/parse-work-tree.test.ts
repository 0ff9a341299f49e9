import { expect, it } from 'vitest';

import { parseWorkTree } from './parse-work-tree.ts';

const ids = `${'1'.repeat(40)} ${'2'.repeat(40)}`;

it('reads branch, upstream and files with any byte in their names', () => {
  const entries = [
    `# branch.oid ${'a'.repeat(40)}`,
    '# branch.head topic',
    '# branch.upstream origin/topic',
    '# branch.ab +2 -1',
    `1 MM N... 100644 100644 100644 ${ids} src/a b.ts`,
    `2 R. N... 100644 100644 100644 ${ids} R100 new name`,
    'old name',
    `u UU N... 100644 100644 100644 100644 ${ids} ${'3'.repeat(40)} both`,
    '? left\nover',
  ];
  const output = Buffer.concat([
    Buffer.from(entries.map((entry) => `${entry}\0`).join('')),
    Buffer.from([63, 32, 255, 0]),
  ]);
  const state = parseWorkTree(output);
  expect(state).toMatchObject({ branch: 'topic', upstream: 'origin/topic', ahead: 2, behind: 1 });
  expect(state.files).toEqual([
    { path: '"\\377"', previous_path: null, staged: null, unstaged: 'untracked' },
    { path: 'both', previous_path: null, staged: null, unstaged: 'conflicted' },
    { path: 'left\nover', previous_path: null, staged: null, unstaged: 'untracked' },
    { path: 'new name', previous_path: 'old name', staged: 'renamed', unstaged: null },
    { path: 'src/a b.ts', previous_path: null, staged: 'modified', unstaged: 'modified' },
  ]);
});

it('knows a repository before its first commit, and one without a branch', () => {
  expect(parseWorkTree(Buffer.from('# branch.oid (initial)\0# branch.head main\0'))).toMatchObject({
    ...{ branch: 'main', commit: null, upstream: null, ahead: null },
  });
  expect(parseWorkTree(Buffer.from(`# branch.oid ${'a'.repeat(40)}\0# branch.head (detached)\0`)).branch).toBeNull();
});
