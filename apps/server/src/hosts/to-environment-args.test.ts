import { expect, it } from 'vitest';

import { toEnvironmentArgs, toLoaderArgs } from './to-environment-args.ts';

it('gives an environment as options that end with NUL, and apart from it what decides how programs are loaded', () => {
  const env = { PATH: '/a', EMPTY: '', NONE: undefined, LD_LIBRARY_PATH: '/b', LDFLAGS: '-g' };
  expect(toEnvironmentArgs(env).split('\0')).toEqual([
    '--clearenv',
    ...['--setenv', 'PATH', '/a'],
    ...['--setenv', 'EMPTY', ''],
    ...['--setenv', 'LDFLAGS', '-g'],
    '',
  ]);
  expect(toLoaderArgs(env)).toEqual(['/usr/bin/env', '--', 'LD_LIBRARY_PATH=/b']);
  expect(toLoaderArgs({ PATH: '/a' })).toEqual([]);
});

it('refuses what would be another option', () => {
  for (const env of [{ A: 'a\0--bind' }, { 'A\0B': 'a' }, { 'A=B': 'a' }, { '': 'a' }]) {
    expect(() => toEnvironmentArgs(env)).toThrow(/No environment can hold the variable/);
    expect(() => toLoaderArgs(env)).toThrow(/No environment can hold the variable/);
  }
});
