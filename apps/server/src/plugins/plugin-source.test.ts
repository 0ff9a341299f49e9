import { expect, it } from 'vitest';

import { toShownOrigin, toShownSource } from './plugin-source.ts';

it('shows of a source where it is, and no value that could be a secret', () => {
  const env = { A: '${TOKEN:-very-secret}', B: '${secret:TOKEN}', C: '${TOKEN}', D: 'very-secret' };
  expect(toShownSource({ type: 'mcp', name: 'a', command: 'npx', args: ['-y', '--key=very-secret'], env })).toEqual({
    ...{ type: 'mcp', name: 'a', command: 'npx', args: ['…', '…'] },
    env: { A: '…', B: '${secret:TOKEN}', C: '${TOKEN}', D: '…' },
  });
  const url = 'https://user:very-secret@a.example:8443/very-secret?key=very-secret#very-secret';
  expect(toShownSource({ type: 'mcp', name: 'a', url, headers: { A: 'very-secret' } })).toEqual({
    ...{ type: 'mcp', name: 'a', url: 'https://a.example:8443', headers: { A: '…' } },
  });
  const toGit = (address: string) => toShownSource({ type: 'git', url: address, ref: 'v1' })['url'];
  expect(toGit('https://very-secret@a.example/team/a.git?x=very-secret')).toBe('https://a.example/team/a.git');
  expect(toGit('very-secret@a.example:team/a.git')).toBe('a.example:team/a.git');
  const resolved = 'https://user:very-secret@a.example/a.tgz?key=very-secret';
  expect(toShownOrigin({ resolved, version: '1' })).toEqual({ resolved: 'https://a.example/a.tgz', version: '1' });
});
