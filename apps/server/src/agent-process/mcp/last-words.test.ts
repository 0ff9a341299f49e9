import { expect, it } from 'vitest';

import { FaultError } from './fault.ts';
import { findLastWords } from './last-words.ts';
import { toDetails } from './mcp-problem.ts';

it.each([
  {
    said: 'error: could not fetch\n  cause: client error (Connect)\n  tcp connect: nobody listens at 10.0.0.1:443\n',
    quotes: 'tcp connect: nobody listens at 10.0.0.1:443',
  },
  {
    said: 'cause: client error (Connect)\nno route to pypi.org; hint: set UV_INDEX_URL to a mirror\n',
    quotes: 'no route to pypi.org; hint: set UV_INDEX_URL to a mirror',
  },
  {
    said: "node:internal/modules/cjs/loader\nError: Cannot find module 'x'\nRequire stack:\n- /a/b.js\n  code: 'MODULE_NOT_FOUND',\n}\n\nNode.js v24.1.0\n",
    quotes: "Error: Cannot find module 'x'",
  },
  { said: 'API_KEY environment variable is required\nGoodbye\n', quotes: 'API_KEY environment variable is required' },
  { said: 'starting\nbye\n', quotes: 'bye' },
])('quotes of last words the line that says most: $quotes', ({ said, quotes }) => {
  expect(findLastWords(said)).toBe(quotes);
});

it.each([
  { said: "Error: EROFS: read-only file system, open '/d/plugins/memory/ab/node_modules/x/memory.json'", isOwn: true },
  { said: "PermissionError: [Errno 13] Permission denied: '/d/plugins/memory/ab/x.db'", isOwn: true },
  { said: 'HTTP 403: permission denied for this token', isOwn: false },
])('says of a server that cannot write beside its files where it may: $said', ({ said, isOwn }) => {
  const { remedy } = toDetails(new FaultError('it ended with exit code 1', { remedy: 'Look', output: said }));
  expect(remedy?.includes('--env NAME=${CLAUDE_PLUGIN_DATA}/FILE')).toBe(isOwn);
  expect(toDetails(new FaultError(`it ended and said “${said}”`, { remedy: 'Look' })).remedy).toBe(remedy);
});
