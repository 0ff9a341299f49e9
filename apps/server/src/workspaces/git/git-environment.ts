/** Settings of git as pairs, in the order in which they hold. */
export type GitConfig = readonly (readonly [key: string, value: string])[];

/**
 * Nothing that a repository brings is run, nobody is asked, nothing goes on in the background. `credential.helper` and
 * `core.sshCommand` without a value take back what was configured before.
 */
const SAFE_CONFIG: GitConfig = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.pager', 'cat'],
  ['core.editor', 'false'],
  ['core.autocrlf', 'false'],
  ['credential.helper', ''],
  ['credential.interactive', 'false'],
  ['submodule.recurse', 'false'],
  ['diff.external', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
];

export interface GitEnvironmentOptions {
  /** Where git and the programs that it calls are looked for. */
  path: string;
  /** Protocols that git may speak, such as `https`, `ssh`, `file`; none by default. Submodules and redirections are held to it. */
  protocols?: readonly string[] | undefined;
  /** Holds over the safe settings. Not on the command line, which everybody on the machine can read. */
  config?: GitConfig | undefined;
  /** Further variables. */
  env?: Readonly<Record<string, string>> | undefined;
}

/**
 * The whole environment of a git that the server starts (git 2.31 and newer): no configuration of the system or of a user, no
 * attributes of the system, no prompt, texts in English, large files of LFS left alone.
 */
export function toGitEnvironment({
  path,
  protocols = [],
  config = [],
  env = {},
}: GitEnvironmentOptions): Record<string, string> {
  const settings = [...SAFE_CONFIG, ...config];
  return {
    PATH: path,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    GIT_LFS_SKIP_SMUDGE: '1',
    // An empty list is taken for no list (git 2.39).
    GIT_ALLOW_PROTOCOL: protocols.length === 0 ? 'none' : protocols.join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    ...env,
    ...toConfigVariables(settings),
  };
}

/** Settings as the variables that git reads before anything else. */
function toConfigVariables(settings: GitConfig): Record<string, string> {
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(settings.length)],
    ...settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]) as Record<string, string>;
}
