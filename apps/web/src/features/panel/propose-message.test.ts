import type { GitFile } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { proposeMessage, toCommitted } from './propose-message.ts';

const file = (path: string, of: Partial<GitFile> = {}): GitFile => ({
  ...{ path, previous_path: null, staged: null, unstaged: 'modified' },
  ...of,
});

it('proposes the title of the session, with what is done to the files', () => {
  expect(proposeMessage('greet  better', [file('src/a.ts'), file('b.ts')])).toBe(
    'Greet better\n\nChange a.ts and b.ts',
  );
  expect(proposeMessage('x'.repeat(100), [file('a')]).split('\n')[0]).toHaveLength(72);
});

it('proposes what is done to the files where there is no title', () => {
  expect(proposeMessage(null, [file('a', { unstaged: 'untracked' })])).toBe('Add a');
  expect(proposeMessage(' ', [file('a', { staged: 'deleted', unstaged: null })])).toBe('Delete a');
  expect(
    proposeMessage(
      null,
      ['a', 'b', 'c', 'd', 'new/'].map((path) => file(path)),
    ),
  ).toBe('Change a, b, c and 2 more');
  expect(proposeMessage(null, [])).toBe('');
});

it('takes what is staged, or all', () => {
  const [one, two] = [file('a', { staged: 'modified' }), file('b')];
  expect(toCommitted([one, two])).toEqual([one]);
  expect(toCommitted([two])).toEqual([two]);
});
