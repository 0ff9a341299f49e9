import { expect, it } from 'vitest';

import {
  findCommandProblem,
  findHeaderProblem,
  findServerNameProblem,
  findServerUrlProblem,
  findVariableProblem,
  splitCommandLine,
  suggestServerName,
} from './server-rules.ts';

it.each([
  [findServerNameProblem, ['time-server', 'Time_2', 'a'.repeat(64)], ['time server!', '', '-a', 'a'.repeat(65), 'é']],
  [
    findCommandProblem,
    ['npx', '/opt/My Tools/server', './bin/server', '${CLAUDE_PLUGIN_ROOT}/x'],
    ['npx -y foo', 'https://mcp.example/', '/usr/bin/node -e 1', 'a\nb'],
  ],
  [
    findServerUrlProblem,
    ['https://mcp.example/mcp', 'http://127.0.0.1:8080/', 'https://mcp.example/${secret:KEY}/mcp'],
    ['mcp.example/mcp', 'ftp://mcp.example', 'http://', 'http://a:6667/', 'https://me:pass@mcp.example/'],
  ],
  [findVariableProblem, ['A', '_a1'], ['', '1A', 'A-B', 'A B']],
  [findHeaderProblem, ['Authorization', 'X-Api-Key'], ['', 'X Api', 'Ä']],
])('%o takes what can be used, and nothing else', (find, good, bad) => {
  expect(good.map(find)).toEqual(good.map(() => undefined));
  for (const text of bad) expect(find(text), text).toBeTypeOf('string');
});

it('suggests a name and splits a line as a shell would', () => {
  expect([suggestServerName('time server!'), suggestServerName('!')]).toEqual(['time-server', undefined]);
  expect(splitCommandLine(`npx -y "@a/b c" --x='d "e"' f\\ g "h\\"i"`)).toEqual([
    ...['npx', '-y', '@a/b c', '--x=d "e"', 'f g', 'h"i'],
  ]);
});
