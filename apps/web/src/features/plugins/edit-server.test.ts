import { expect, test } from 'vitest';

import { readServer, toServerDraft } from './edit-server.ts';

const remote = toServerDraft({
  ...{ type: 'mcp', name: 'docs', url: 'https://a.example/…/mcp' },
  headers: { Authorization: 'Bearer ${secret:TOKEN}', Key: '…', Retries: '1' },
});
const local = toServerDraft({
  ...{ type: 'mcp', name: 'files', command: 'npx', args: ['-y', 'files', '--key=…'] },
  env: { TOKEN: '…', LOG_LEVEL: 'info' },
});
const NONE = new Set<string>();

test('what is hidden stays where the server leads to the same place', () => {
  const moved = readServer({ ...remote, headers: remote.headers.replace('Retries: 1', 'Retries: 2') }, remote, NONE);
  expect(moved).toMatchObject({ problems: {}, asked: [] });
  expect(moved.change).toEqual({
    ...{ url: null, transport: 'http' },
    headers: { Authorization: 'Bearer ${secret:TOKEN}', Key: null, Retries: '2' },
  });
  const quieter = readServer({ ...local, env: 'TOKEN=…\nLOG_LEVEL=error' }, local, NONE);
  expect(quieter.problems).toEqual({});
  expect(quieter.change).toEqual({
    ...{ command: 'npx', args: ['-y', 'files', null], env: { TOKEN: null, LOG_LEVEL: 'error' } },
  });
});

test('another place gets no hidden value, and a secret only when it is chosen again', () => {
  const url = 'https://b.example/mcp';
  expect(readServer({ ...remote, url }, remote, NONE).problems.headers).toContain('Key');
  const asked = readServer({ ...remote, url, headers: 'Authorization: Bearer ${secret:TOKEN}' }, remote, NONE);
  expect(asked.asked).toEqual(['Authorization: Bearer ${secret:TOKEN}']);
  expect(asked.problems.headers).toBeTypeOf('string');
  const chosen = readServer({ ...remote, url, headers: asked.asked.join() }, remote, new Set(asked.asked));
  expect(chosen.problems).toEqual({});
  expect(readServer({ ...remote, url: 'https://a.example/…/sse' }, remote, NONE).problems.url).toBeTypeOf('string');
  const command = readServer({ ...local, args: '-y\nother\n--key=…', env: 'TOKEN=…' }, local, NONE).problems;
  expect([command.args, command.env]).toEqual([expect.any(String), expect.stringContaining('TOKEN')]);
  const upstream = { ...remote, headers: `${remote.headers}\nX-Target: https://evil.example` };
  expect(readServer(upstream, remote, NONE).problems.headers).toContain('Key');
  const proxy = readServer({ ...local, env: 'TOKEN=…\nPROXY=http://evil.example' }, local, NONE).problems;
  expect(proxy.env).toContain('TOKEN');
});
