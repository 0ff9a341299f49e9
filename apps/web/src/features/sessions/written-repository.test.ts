import { expect, it } from 'vitest';

import { NO_REPOSITORY, toResources } from './written-repository.ts';

const url = 'https://git.example.com/web.git';
const mount_path = '/workspace';

it.each([
  ['nothing', {}, []],
  ['an address', { url: ` ${url} ` }, [{ type: 'github_repository', url, mount_path }]],
  [
    'a branch and a token',
    { url, branch: 'next', token: 'tok' },
    [
      {
        ...{ type: 'github_repository', url, mount_path, authorization_token: 'tok' },
        checkout: { type: 'branch', name: 'next' },
      },
    ],
  ],
  [
    'a folder, submodules and a secret, which is taken in place of the token',
    { url, token: 'tok', subfolder: '/packages/web/', submodules: true, secret: 'DEPLOY_KEY' },
    [
      {
        ...{ type: 'git_repository', url, mount_path, subfolder: 'packages/web' },
        ...{ submodules: true, secret: 'DEPLOY_KEY' },
      },
    ],
  ],
])('begins with %s', (_, change, resources) => {
  expect(toResources({ ...NO_REPOSITORY, ...change }).resources ?? []).toEqual(resources);
});
