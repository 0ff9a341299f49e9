import { expect, test } from 'vitest';

import { emptyDraft, toSource, type SourceDraft } from './to-source.ts';

test.each<[Partial<SourceDraft>, object]>([
  [
    { way: 'path', path: ' /srv/weather ' },
    { type: 'path', path: '/srv/weather' },
  ],
  [
    { way: 'npm', package: '@a/b', version: '^1' },
    { type: 'npm', name: '@a/b', version: '^1' },
  ],
  [
    { way: 'npm', package: 'files', args: '--stdio', env: 'F=${CLAUDE_PLUGIN_DATA}/f' },
    { type: 'npm', name: 'files', args: ['--stdio'], env: { F: '${CLAUDE_PLUGIN_DATA}/f' } },
  ],
  [
    { way: 'git', repository: 'https://example.com/a.git', folder: 'x', plugin: 'y' },
    { type: 'git', url: 'https://example.com/a.git', path: 'x', plugin: 'y' },
  ],
  [
    { way: 'command', name: 'files', command: 'npx', args: '-y\n\n server ', env: 'A=b=c\nK=${secret:K}' },
    { type: 'mcp', name: 'files', command: 'npx', args: ['-y', 'server'], env: { A: 'b=c', K: '${secret:K}' } },
  ],
  [
    { way: 'url', name: 'docs', url: 'https://example.com/mcp', headers: 'Authorization: Bearer x:y' },
    {
      ...{ type: 'mcp', name: 'docs', url: 'https://example.com/mcp', transport: 'http' },
      headers: { Authorization: 'Bearer x:y' },
    },
  ],
])('%o is sent as the server takes it', (typed, source) => {
  expect(toSource({ ...emptyDraft, ...typed })).toEqual({ source });
});

test('a line that is no pair is refused, and shown only by its beginning', () => {
  const read = toSource({ ...emptyDraft, way: 'command', env: 'sk-very-secret-value' });
  expect(read).toMatchObject({ problem: expect.stringContaining('sk-very') as string });
  expect(JSON.stringify(read)).not.toContain('secret-value');
});

test('an archive needs its file', () => {
  expect(toSource({ ...emptyDraft, way: 'archive' })).toHaveProperty('problem');
});
