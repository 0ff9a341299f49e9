import { expect, it } from 'vitest';

import { toChangedServer, type ServerChange } from './change-server.ts';

const REMOTE = {
  ...{ type: 'mcp' as const, name: 'docs', url: 'https://a.example/very-secret/mcp' },
  headers: { Authorization: 'Bearer very-secret', Retries: '1', Upstream: 'https://a.example' },
};
const LOCAL = {
  ...{ type: 'mcp' as const, name: 'files', command: 'npx', args: ['-y', 'files', '--key=very-secret'] },
  env: { TOKEN: 'very-secret', LOG_LEVEL: 'info', HOST: 'a.example' },
};
const change = (given: Omit<ServerChange, 'digest'>): ServerChange => ({ digest: 'x', ...given });
const ARGS = ['-y', 'files', null];

it('changes what is named, keeps what is null, and says which fields are others', () => {
  const remote = toChangedServer(
    REMOTE,
    change({ url: null, headers: { ...REMOTE.headers, Authorization: null, Retries: '2' } }),
  );
  expect(remote).toEqual({
    source: { ...REMOTE, transport: 'http', headers: { ...REMOTE.headers, Retries: '2' } },
    changed: ['headers.Retries'],
  });
  const local = toChangedServer(
    LOCAL,
    change({ command: 'npx', args: ARGS, env: { ...LOCAL.env, TOKEN: null, LOG_LEVEL: 'debug' } }),
  );
  expect(local).toEqual({
    source: { ...LOCAL, env: { ...LOCAL.env, LOG_LEVEL: 'debug' } },
    changed: ['env.LOG_LEVEL'],
  });
  const other = toChangedServer(LOCAL, change({ url: 'https://b.example/mcp', headers: { A: '${secret:A}' } }));
  expect(other.source).toEqual({
    ...{ type: 'mcp', name: 'files', url: 'https://b.example/mcp', transport: 'http', headers: { A: '${secret:A}' } },
  });
  expect(other.changed).toEqual([
    'command',
    'args',
    'url',
    'transport',
    'env.TOKEN',
    'env.LOG_LEVEL',
    'env.HOST',
    'headers.A',
  ]);
});

it.each<[string, typeof REMOTE | typeof LOCAL, Omit<ServerChange, 'digest'>, string]>([
  [
    'another URL',
    REMOTE,
    { url: 'https://evil.example/mcp', headers: { Authorization: null } },
    'headers.Authorization',
  ],
  ['a URL for a command', LOCAL, { url: null }, 'url'],
  ['a command for a URL', REMOTE, { command: 'npx', env: { Authorization: null } }, 'env.Authorization'],
  ['another program', LOCAL, { command: 'uvx', args: ['-y', 'files', '--key=x'], env: { TOKEN: null } }, 'env.TOKEN'],
  ['another argument', LOCAL, { command: 'npx', args: ['-y', 'evil', null] }, 'args[2]'],
  ['more arguments', LOCAL, { command: 'npx', args: [...ARGS, 'x'], env: { TOKEN: null } }, 'args[2]'],
  [
    'another variable',
    LOCAL,
    { command: 'npx', args: ARGS, env: { ...LOCAL.env, TOKEN: null, PROXY: 'http://evil' } },
    'env.TOKEN',
  ],
  ['a variable that comes', LOCAL, { command: 'npx', args: ARGS, env: { ...LOCAL.env, NODE_OPTIONS: '1' } }, 'args[2]'],
  ['a variable that goes', LOCAL, { command: 'npx', args: ARGS, env: { TOKEN: null } }, 'args[2]'],
  [
    'a number for a host',
    LOCAL,
    { command: 'npx', args: ARGS, env: { TOKEN: null, HOST: '0', LOG_LEVEL: 'info' } },
    'env.TOKEN',
  ],
  [
    'another upstream',
    REMOTE,
    { url: null, headers: { ...REMOTE.headers, Authorization: null, Upstream: 'https://evil.example' } },
    'headers.Authorization',
  ],
  [
    'an upstream of headers',
    REMOTE,
    { url: null, headers: { ...REMOTE.headers, Authorization: null, 'X-Target': 'evil' } },
    'headers.Authorization',
  ],
  ['a header that was not there', REMOTE, { url: null, headers: { New: null } }, 'headers.New'],
])('takes no hidden value along to %s', (_, source, given, field) => {
  const error = toError(() => toChangedServer(source, change(given)));
  expect(error).toMatchObject({
    details: { problems: expect.arrayContaining([expect.objectContaining({ field })]) as unknown },
  });
  expect(String(error)).not.toContain('very-secret');
});

it('refuses what cannot be added either, and a plugin that is no bare server', () => {
  expect(String(toError(() => toChangedServer(REMOTE, change({ url: 'b.example' }))))).toContain('Begin with https://');
  expect(String(toError(() => toChangedServer(LOCAL, change({}))))).toContain('one of the two is needed');
  expect(String(toError(() => toChangedServer({ type: 'npm', name: 'a' }, change({ command: 'a' }))))).toContain(
    'Upgrade',
  );
});

function toError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
