import { expect, it } from 'vitest';

import { findGithub, openPullRequest, toCompareUrl } from './github.ts';
import { parseRemote } from './remote.ts';

it('finds GitHub by its host, and a server of one’s own by the type of the resource', () => {
  expect(findGithub(parseRemote('https://github.com/a/b.git'), 'git_repository')).toEqual({
    ...{ owner: 'a', webUrl: 'https://github.com/a/b', apiUrl: 'https://api.github.com/repos/a/b' },
  });
  expect(findGithub(parseRemote('https://git.example.com/a/b'), 'github_repository')?.apiUrl).toBe(
    'https://git.example.com/api/v3/repos/a/b',
  );
  expect(findGithub(parseRemote('https://git.example.com/a/b'), 'git_repository')).toBeUndefined();
  expect(findGithub(parseRemote('https://github.com/a/b/c'), 'git_repository')).toBeUndefined();
});

it('leads to the filled form of a pull request, with any name of a branch', () => {
  const at = { base: 'main', branch: 'agent/a#b', text: { title: 'A & B', body: 'x'.repeat(10_000) } };
  const url = new URL(toCompareUrl({ webUrl: 'https://github.com/a/b' }, at));
  expect(url.pathname).toBe('/a/b/compare/main...agent/a%23b');
  expect(url.searchParams.get('title')).toBe('A & B');
  expect(url.href.length).toBeLessThan(4000);
});

it('opens a pull request, finds the one that is there, and says what GitHub refused', async () => {
  const given = { ...{ owner: 'a', branch: 'topic', base: 'main' }, title: 'T', body: '' };
  const pull = { html_url: 'https://github.com/a/b/pull/7', number: 7 };
  const open = (status: number, json: unknown, found: unknown = []) =>
    openPullRequest(
      async (_path, { method }) => (method === 'POST' ? { status, json } : { status: 200, json: found }),
      given,
    );
  expect(await open(201, pull)).toEqual({ type: 'opened', url: pull.html_url, number: 7 });
  expect(await open(422, { message: 'Validation Failed' }, [pull])).toMatchObject({ type: 'exists', number: 7 });
  expect(await open(422, { errors: [{ message: 'No commits between main and topic' }] })).toEqual({
    type: 'refused',
    problem: expect.stringContaining('No commits between'),
  });
  expect(await open(403, {})).toMatchObject({ type: 'refused', problem: expect.stringContaining('may not open') });
  expect(await open(201, { html_url: 'javascript:alert(1)', number: 1 })).toMatchObject({ type: 'refused' });
});
