import { expect, it } from 'vitest';

import type { PluginSource } from './plugin-source.ts';
import { toCoarseSource, toShownOrigin, toShownSource } from './shown-source.ts';

const toArgs = (...args: string[]) => toShownSource({ type: 'mcp', name: 'a', command: 'npx', args })['args'];
const toUrl = (url: string) => toShownSource({ type: 'mcp', name: 'a', url })['url'];

it('shows arguments, and hides in them what may be a secret', () => {
  const plain = [
    '-y',
    '@team/files@1.2.3',
    '--stdio',
    '/srv/files',
    '--port=8080',
    '${secret:KEY}',
    '${CLAUDE_PLUGIN_DATA}',
  ];
  expect(toArgs(...plain)).toEqual(plain);
  expect(toArgs('--api-key=very-secret', '--token', 'very-secret', '--key', '${secret:KEY}', '--auth=${KEY}')).toEqual([
    ...['--api-key=…', '--token', '…', '--key', '${secret:KEY}', '--auth=${KEY}'],
  ]);
  expect(
    toArgs(
      '--header',
      'Authorization: Bearer very-secret',
      'PASSWORD=very-secret',
      'abcdefgh12345678ijkl',
      '${A:-very-secret}',
    ),
  ).toEqual(['--header', 'Authorization: …', 'PASSWORD=…', '…', '…']);
  expect(toArgs('https://me:very-secret@a.example/mcp?key=very-secret', '--url=https://a.example/mcp')).toEqual([
    ...['https://a.example/mcp?…', '--url=https://a.example/mcp'],
  ]);
});

it('shows of a URL its host and the words of its path', () => {
  expect(toUrl('https://user:very-secret@a.example:8443/v1/mcp/9f8a7b6c5d4e3f2a/x?key=very-secret#very-secret')).toBe(
    'https://a.example:8443/v1/mcp/…/x?…',
  );
  expect(toUrl('https://a.example/${secret:KEY}/mcp')).toBe('https://a.example/${secret:KEY}/mcp');
});

it('shows of environment and headers references, and what is surely no secret', () => {
  const env = { A: '${TOKEN:-very-secret}', B: '${secret:TOKEN}', C: '${TOKEN}', D: 'very-secret', LOG_LEVEL: 'debug' };
  const more = { PIN_TOKEN: '1234', DATA: '${CLAUDE_PLUGIN_DATA}/a.db', HOME_DIR: '/srv/a' };
  const source: PluginSource = { type: 'mcp', name: 'a', command: 'npx', args: ['-y'], env: { ...env, ...more } };
  const shown = toShownSource(source);
  expect(shown['env']).toEqual({ ...env, ...more, A: '…', D: '…', PIN_TOKEN: '…' });
  expect(toCoarseSource(shown)).toMatchObject({
    args: ['…'],
    env: { B: '${secret:TOKEN}', LOG_LEVEL: '…', DATA: '…' },
  });
  const headers = { Authorization: 'Bearer ${secret:TOKEN}', Other: 'Bearer very-secret' };
  const remote = toShownSource({ type: 'mcp', name: 'a', url: 'https://a.example/mcp', headers });
  expect(remote).toMatchObject({ headers: { ...headers, Other: '…' } });
  expect(toCoarseSource(remote)).toMatchObject({ url: 'https://a.example' });
});

it('shows of a repository and a package where they are, without who signs in', () => {
  const toGit = (address: string) => toShownSource({ type: 'git', url: address, ref: 'v1' })['url'];
  expect(toGit('https://very-secret@a.example/team/a.git?x=very-secret')).toBe('https://a.example/team/a.git');
  expect(toGit('very-secret@a.example:team/a.git')).toBe('a.example:team/a.git');
  const resolved = 'https://user:very-secret@a.example/a.tgz?key=very-secret';
  expect(toShownOrigin({ resolved, version: '1' })).toEqual({ resolved: 'https://a.example/a.tgz', version: '1' });
});
