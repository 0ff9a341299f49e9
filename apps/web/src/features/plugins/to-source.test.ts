import { expect, test } from 'vitest';

import { findDraftProblems, suggestFor } from './find-draft-problems.ts';
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
  const draft = { ...emptyDraft, ...typed };
  expect(findDraftProblems(draft)).toEqual({});
  expect(toSource(draft)).toEqual(source);
});

test('a line that is no pair is refused, and shown only by its beginning', () => {
  const { env } = findDraftProblems({
    ...emptyDraft,
    way: 'command',
    name: 'a',
    command: 'b',
    env: 'sk-very-secret-value',
  });
  expect(env).toContain('sk-very');
  expect(env).not.toContain('secret-value');
});

test.each<[Partial<SourceDraft>, string]>([
  [{ way: 'archive' }, 'file'],
  [{ way: 'path', path: 'weather' }, 'path'],
  [{ way: 'npm', package: 'npx -y foo' }, 'package'],
  [{ way: 'command', name: 'time server!', command: 'npx' }, 'name'],
  [{ way: 'command', name: 'a', command: 'npx -y foo' }, 'command'],
  [{ way: 'command', name: 'a', command: 'npx', env: 'A B=c' }, 'env'],
  [{ way: 'command', name: 'a', command: 'npx', args: '--key=${secret:KEY}' }, 'args'],
  [{ way: 'url', name: 'a', url: 'mcp.example.com' }, 'url'],
  [{ way: 'url', name: 'a', url: 'https://mcp.example.com', headers: 'A b: c' }, 'headers'],
])('%o says at its field what is wrong', (typed, field) => {
  expect(Object.keys(findDraftProblems({ ...emptyDraft, ...typed }))).toEqual([field]);
});

test('what was meant is offered', () => {
  const draft = {
    ...emptyDraft,
    name: 'time server!',
    command: 'npx -y "a b"',
    args: '--stdio',
    url: 'mcp.example.com/mcp',
  };
  expect(suggestFor('name', draft)?.changes).toEqual({ name: 'time-server' });
  expect(suggestFor('command', draft)?.changes).toEqual({ command: 'npx', args: '-y\na b\n--stdio' });
  expect(suggestFor('url', draft)?.changes).toEqual({ url: 'https://mcp.example.com/mcp' });
});
