import { describe, expect, it } from 'vitest';

import { findVariable, parsePageSize, parsePssBytes, parseStat } from './parse-proc.ts';

/** A line of proc(5) with 52 fields; those that matter have telling values. */
const toLine = (name: string, state = 'S') =>
  `4242 (${name}) ${state} 17 4242 4242 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 1 0 657998 3133440 379 184 0 0`;

describe('the line of a process', () => {
  it('gives its parent, its times and its memory', () => {
    expect(parseStat(toLine('claude'))).toEqual({
      pid: 4242,
      name: 'claude',
      parentPid: 17,
      cpuTicks: 300,
      startTicks: 657_998,
      rssPages: 379,
    });
  });

  it('is read right when the name has blanks and parentheses', () => {
    expect(parseStat(toLine('a) S 1 (b'))).toMatchObject({ name: 'a) S 1 (b', parentPid: 17 });
  });

  it.each([toLine('gone', 'Z'), '', 'nonsense', '1 (cut) S 1'])('gives nothing for %j', (line) => {
    expect(parseStat(line)).toBeUndefined();
  });
});

describe('the environment', () => {
  const variable = { name: 'MARK', prefix: 'node1/' };

  it.each([
    ['MARK=node1/a\0PATH=/bin\0', 'node1/a'],
    ['PATH=/bin\0MARK=node1/b\0', 'node1/b'],
    ['PATH=/bin\0MARK=node1/c', 'node1/c'],
  ])('has the marker wherever it stands: %j', (environ, expected) => {
    expect(findVariable(environ, variable)).toBe(expected);
  });

  it.each(['', 'PATH=/bin\0', 'MARK=node10/a\0', 'XMARK=node1/a\0', 'A=MARK=node1/a\0'])(
    'has none in %j',
    (environ) => {
      expect(findVariable(environ, variable)).toBeUndefined();
    },
  );
});

it('reads memory in bytes', () => {
  expect(parsePssBytes('55-7f ---p 0 00:00 0 [rollup]\nRss:  2000 kB\nPss:   1024 kB\nPss_Dirty: 5 kB\n')).toBe(
    1_048_576,
  );
  expect(parsePssBytes('')).toBeUndefined();
  expect(parsePageSize('55e4 r--p\nSize: 64 kB\nKernelPageSize:       16 kB\n')).toBe(16_384);
  expect(parsePageSize('')).toBe(4096);
});
