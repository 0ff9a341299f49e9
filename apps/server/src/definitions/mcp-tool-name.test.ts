import fc from 'fast-check';
import { expect, it } from 'vitest';

import { parseMcpToolName, toMcpServerName, toMcpToolName } from './mcp-tool-name.ts';

const CHARS = ['a', 'b', 'A', '0', '9', '_', '-', '.', ' ', 'é', '界', '\u202e', '\u0000', '\ud800'];
/** Names close to each other: of few characters, so that they meet once cleaned, and of any. */
const name = fc.oneof(
  fc.array(fc.constantFrom(...CHARS), { minLength: 1, maxLength: 6 }).map((chars) => chars.join('')),
  fc.array(fc.constantFrom('a', '_', '-', '.'), { minLength: 1, maxLength: 140 }).map((chars) => chars.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 140 }),
);
const tool = fc.record({ server: name, tool: name });

it('gives every tool a name that the model API takes, and that the CLI would not clean any further', () => {
  fc.assert(
    fc.property(tool, (each) => {
      const cliName = toMcpToolName(each);
      expect(cliName).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      const parsed = parseMcpToolName(cliName);
      expect(parsed?.serverName).toBe(toMcpServerName(each.server));
      expect(cliName).toBe(`mcp__${parsed?.serverName}__${parsed?.toolName}`);
    }),
    { numRuns: 5000 },
  );
});

it('never gives two tools the same name, also where one is named as another became', () => {
  const derived = tool.chain((each) => {
    const { serverName = '', toolName = '' } = parseMcpToolName(toMcpToolName(each)) ?? {};
    const others = [
      { server: serverName, tool: toolName },
      { server: each.server, tool: toolName },
      { server: serverName, tool: each.tool },
      { server: `${each.server}_`, tool: each.tool },
      { server: each.server, tool: `_${each.tool}` },
    ];
    return fc.tuple(fc.constant(each), fc.oneof(tool, fc.constantFrom(...others)));
  });
  fc.assert(
    fc.property(derived, ([one, other]) => {
      const isSame = one.server === other.server && one.tool === other.tool;
      expect(toMcpToolName(one) === toMcpToolName(other)).toBe(isSame);
    }),
    { numRuns: 10_000 },
  );
});

it('leaves names alone that fit, and keeps the others readable', () => {
  expect(toMcpToolName({ server: 'docs', tool: 'search_all' })).toBe('mcp__docs__search_all');
  expect(toMcpToolName({ server: 'a', tool: '_b' })).toBe('mcp__a___b');
  expect(toMcpToolName({ server: 'a_', tool: 'b' })).toMatch(/^mcp__a-x[0-9a-f]{12}__b$/);
  expect(toMcpToolName({ server: 'db', tool: 'db.drop' })).toMatch(/^mcp__db__db_drop-x[0-9a-f]{12}$/);
  expect(toMcpToolName({ server: 'x'.repeat(64), tool: 'y'.repeat(128) })).toHaveLength(64);
});

it.each(['Bash', 'mcp__a', 'mcp__a__', 'mcp____b', 'mcp__a__b.c', 'xmcp__a__b'])(
  'does not take %j for a tool of a server',
  (text) => {
    expect(parseMcpToolName(text)).toBeUndefined();
  },
);
