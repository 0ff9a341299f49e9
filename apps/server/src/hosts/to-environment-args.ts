import { CspError } from '@claude-sdk-pattern/protocol';

type Environment = Readonly<Record<string, string | undefined>>;

/** What makes every program of the C library (2.36) run or read something else before it does its work. */
const LOADER_VARIABLE = /^(LD_|GLIBC_|MALLOC_)|^(GCONV_PATH|LOCPATH|NLSPATH)$/;
const ENV = '/usr/bin/env';

/**
 * The options of bubblewrap that give what runs in it this environment and nothing else, as its `--args` reads them: each
 * ended by a NUL (0.8). Without the variables of `toLoaderArgs`. Pure.
 * @throws CspError `invalid_request` for what no environment can hold; a NUL would be the start of another option.
 */
export function toEnvironmentArgs(env: Environment): string {
  const set = listVariables(env).flatMap(([name, value]) =>
    LOADER_VARIABLE.test(name) ? [] : ['--setenv', name, value],
  );
  return ['--clearenv', ...set].map((each) => `${each}\0`).join('');
}

/**
 * The start of a command line that gives the rest of it the variables that decide how programs are loaded: what sets the
 * limits has none of them, or it could be made to set none. Usually empty. Pure.
 * @throws CspError `invalid_request` as `toEnvironmentArgs` does.
 */
export function toLoaderArgs(env: Environment): string[] {
  const variables = listVariables(env).filter(([name]) => LOADER_VARIABLE.test(name));
  return variables.length === 0 ? [] : [ENV, '--', ...variables.map(([name, value]) => `${name}=${value}`)];
}

function listVariables(env: Environment): [name: string, value: string][] {
  return Object.entries(env).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new CspError('invalid_request', `No environment can hold the variable ${JSON.stringify(name)}`);
    }
    return [[name, value]];
  });
}
