import { expect, test } from 'vitest';

import { readPastedServer } from './read-pasted-server.ts';

const files = { command: 'npx', args: ['-y', 'files', '/a b'], env: { KEY: 'x=y' } };
const asTyped = { way: 'command', name: 'files', command: 'npx', args: '-y\nfiles\n/a b', env: 'KEY=x=y' };

test.each([
  ['whole', JSON.stringify({ mcpServers: { files } })],
  ['of VS Code', JSON.stringify({ servers: { files } })],
  ['from mcpServers on', `"mcpServers": ${JSON.stringify({ files })},`],
  ['by its name', JSON.stringify({ files })],
])('a server as other programs write it, %s, fills the fields', (_, text) => {
  expect(readPastedServer(text)).toEqual(asTyped);
});

test('a remote one is one by its URL, and one without a name leaves that as it is', () => {
  const headers = { Authorization: 'Bearer ${secret:A}' };
  expect(readPastedServer(JSON.stringify({ type: 'sse', url: 'https://a.example/sse', headers }))).toEqual({
    ...{ way: 'url', url: 'https://a.example/sse', transport: 'sse', headers: 'Authorization: Bearer ${secret:A}' },
  });
});

test.each(['npx', '{', '[]', '{"mcpServers": {}}', '{"a": {"command": "x"}, "b": {"command": "y"}}', '{"a": 1}'])(
  'nothing is read of %s',
  (text) => expect(readPastedServer(text)).toBeNull(),
);
