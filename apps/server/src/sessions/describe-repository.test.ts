import type { RepositoryResource } from '@claude-sdk-pattern/protocol/v1';
import { expect, it } from 'vitest';

import { describeRepository, withCoAuthor } from './describe-repository.ts';

const resource = {
  ...{ type: 'github_repository', url: 'https://github.com/a/b', checkout: null, branch: 'trunk' },
} as RepositoryResource;
const read = {
  ...{ branch: 'trunk', commit: 'c1', subject: 'First', upstream: 'origin/trunk', ahead: 1, behind: 0 },
  ...{ files: [], origins: ['trunk'] },
};
const session = { id: 'sesn_ABCDEF123456', title: 'Fix: the Größe of “a”!' };

it('pushes the default branch to a new one, and another branch to itself', () => {
  const known = { path: '', resource, session };
  expect(describeRepository(known, read)).toMatchObject({
    ...{ push_branch: 'agent/fix-the-gro-e-of-a-123456', default_branch: 'trunk', compare_url: null },
  });
  expect(describeRepository(known, { ...read, branch: 'topic', upstream: 'origin/topic' })).toMatchObject({
    ...{ push_branch: 'topic', compare_url: 'https://github.com/a/b/compare/trunk...topic' },
  });
  expect(describeRepository({ ...known, resource: undefined }, read).push_branch).toBeNull();
});

it('names the agent once, below the other lines of its kind', () => {
  expect(withCoAuthor('Fix it')).toBe('Fix it\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n');
  expect(withCoAuthor('Fix it\n\nRefs: #1\n')).toBe(
    'Fix it\n\nRefs: #1\nCo-Authored-By: Claude <noreply@anthropic.com>\n',
  );
  expect(withCoAuthor('Fix it\n\nco-authored-by: Claude <x@example.com>')).toMatch(/x@example\.com>\n$/);
});
