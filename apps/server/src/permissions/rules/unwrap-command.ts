import { UNKNOWN } from './command-pattern.ts';
import { isFixedWord, type ShellWord } from './shell-script.ts';

/**
 * What a command runs as another command.
 * `plain`: nothing that is known here. `same`: a command that the wrapper changes nothing about. `other`: a command that
 * runs otherwise than alone, such as with other rights or with words that are added. `script`: a shell script. `hidden`:
 * one that cannot be told.
 */
export type Unwrapped =
  | { kind: 'plain' }
  | { kind: 'same' | 'other'; inner: readonly ShellWord[]; variables?: readonly string[] }
  | { kind: 'script'; source: string }
  | { kind: 'hidden' };

interface Wrapper {
  kind: 'same' | 'other';
  /** Options of one letter without a value. */
  flags?: string;
  /** Options of one letter with a value, behind it or as the next word. */
  values?: string;
  /** Long options without a value, and with one. */
  long?: readonly string[];
  longValues?: readonly string[];
  /** Words before the command that are no options, such as a duration. */
  words?: number;
  /** Takes `NAME=value` before the command. */
  variables?: boolean;
}

/**
 * `same` are those that Claude Code strips (code.claude.com/docs/en/permissions, August 2026). Options from the manuals of
 * coreutils 9, findutils 4, sudo 1.9, util-linux 2.
 */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  timeout: {
    ...{ kind: 'same', flags: 'fpv', values: 'ks', words: 1 },
    ...{ long: ['foreground', 'preserve-status', 'verbose'], longValues: ['kill-after', 'signal'] },
  },
  time: { kind: 'same', flags: 'p' },
  nice: { kind: 'same', flags: '0123456789', values: 'n', longValues: ['adjustment'] },
  nohup: { kind: 'same' },
  stdbuf: { kind: 'same', values: 'ioe', longValues: ['input', 'output', 'error'] },
  command: { kind: 'same', flags: 'p' },
  builtin: { kind: 'same' },
  env: {
    ...{ kind: 'other', flags: 'i0v', values: 'uC', variables: true },
    ...{ long: ['ignore-environment', 'null', 'debug'], longValues: ['unset', 'chdir'] },
  },
  sudo: {
    ...{ kind: 'other', flags: 'AbBEHiknNPSs', values: 'CDghpRrtTUu', variables: true },
    ...{ long: ['askpass', 'background', 'preserve-env', 'set-home', 'login', 'non-interactive', 'stdin', 'shell'] },
    longValues: ['user', 'group', 'host', 'prompt', 'chdir', 'chroot', 'role', 'type', 'close-from'],
  },
  doas: { kind: 'other', flags: 'ns', values: 'uC' },
  xargs: {
    ...{ kind: 'other', flags: '0oprtx', values: 'adEILnPs' },
    ...{ long: ['null', 'open-tty', 'interactive', 'no-run-if-empty', 'verbose', 'exit'] },
    longValues: [
      'arg-file',
      'delimiter',
      'max-lines',
      'max-args',
      'max-procs',
      'max-chars',
      'replace',
      'process-slot-var',
    ],
  },
  exec: { kind: 'other', flags: 'cl', values: 'a' },
  setsid: { kind: 'other', flags: 'cfw', long: ['ctty', 'fork', 'wait'] },
  ionice: { kind: 'other', flags: 't', values: 'cn', long: ['ignore'], longValues: ['class', 'classdata'] },
  chroot: { kind: 'other', longValues: ['userspec', 'groups'], words: 1 },
  busybox: { kind: 'other' },
  chrt: { kind: 'other', flags: 'abdfiormv', values: 'TPD', words: 1 },
  taskset: { kind: 'other', flags: 'ac', words: 1 },
};

/** Programs that run what one of their words says, in ways that are not looked into. */
const HIDING: ReadonlySet<string> = new Set([
  ...['su', 'runuser', 'pkexec', 'parallel', 'watch', 'flock', 'script', 'expect', 'unshare', 'nsenter', 'strace'],
  ...[
    'ltrace',
    'gdb',
    'systemd-run',
    'fakeroot',
    'firejail',
    'bwrap',
    'xvfb-run',
    'setpriv',
    'prlimit',
    'start-stop-daemon',
  ],
  ...['coproc', 'mapfile', 'readarray', 'complete', 'bind', 'fc', 'alias', 'enable', 'at', 'batch'],
]);

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'mksh', 'rbash', 'fish']);

/** Looks into one command, one wrapper deep. A name counts with and without its folder. */
export function unwrapCommand(words: readonly ShellWord[]): Unwrapped {
  const [first, ...rest] = words;
  if (first === undefined) return { kind: 'plain' };
  if (!isFixedWord(first)) return { kind: 'hidden' };
  const name = toProgramName(first.value);
  if (HIDING.has(name)) return { kind: 'hidden' };
  if (SHELLS.has(name)) return unwrapShell(rest);
  if (name === 'eval') return toScript(rest);
  if (name === 'trap') return rest.length > 1 ? toScript(rest.slice(0, 1)) : { kind: 'plain' };
  if (name === 'find' || name === 'fd' || name === 'fdfind') return unwrapFind(rest);
  if (name === 'xargs') return unwrapXargs(rest, first.value === name);
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (wrapper === undefined) return { kind: 'plain' };
  // Another `timeout` than the one that the shell finds by itself may be any program.
  return unwrap(rest, first.value === name ? wrapper : { ...wrapper, kind: 'other' });
}

/** `/usr/bin/rm` is `rm`. */
export function toProgramName(value: string): string {
  return value.slice(value.lastIndexOf('/') + 1);
}

function unwrap(words: readonly ShellWord[], wrapper: Wrapper): Unwrapped {
  const start = skipOptions(words, wrapper);
  if (start === undefined) return { kind: 'hidden' };
  let at = start;
  const variables: string[] = [];
  if (wrapper.variables === true) {
    for (let word = words[at]; word !== undefined && /^[^=/]+=/.test(word.value); word = words[++at])
      variables.push(word.value);
  }
  at += wrapper.words ?? 0;
  const inner = words.slice(at);
  if (inner.length === 0) return { kind: 'plain' };
  // With options it changes more than the variables.
  const isSame = wrapper.kind === 'same' || (wrapper === WRAPPERS['env'] && start === 0);
  return { kind: isSame ? 'same' : 'other', inner, variables };
}

/** Where the options end; undefined where one is not known. */
function skipOptions(words: readonly ShellWord[], wrapper: Wrapper): number | undefined {
  const { flags = '', values = '', long = [], longValues = [] } = wrapper;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined || !word.value.startsWith('-') || word.value === '-') {
      // What only the shell knows may be an option too.
      return word?.value.startsWith(UNKNOWN) === true ? undefined : at;
    }
    if (!isFixedWord(word) && !word.value.includes('=')) return undefined;
    if (word.value === '--') return at + 1;
    if (word.value.startsWith('--')) {
      const [name = '', value] = word.value.slice(2).split('=', 2);
      if (longValues.includes(name)) at += value === undefined ? 1 : 0;
      else if (!long.includes(name)) return undefined;
      continue;
    }
    const letters = Array.from(word.value.slice(1));
    const valueAt = letters.findIndex((letter) => values.includes(letter));
    const plain = valueAt === -1 ? letters : letters.slice(0, valueAt);
    if (!plain.every((letter) => flags.includes(letter))) return undefined;
    if (valueAt === letters.length - 1) at += 1;
  }
  return words.length;
}

/** It adds words that it reads, so that without any it runs `echo`. */
function unwrapXargs(words: readonly ShellWord[], isOwnName: boolean): Unwrapped {
  const unwrapped = unwrap(words, WRAPPERS['xargs'] as Wrapper);
  if (unwrapped.kind !== 'other') return unwrapped;
  const isBare = isOwnName && unwrapped.inner.length === words.length;
  return { kind: isBare ? 'same' : 'other', inner: [...unwrapped.inner, { value: UNKNOWN, text: UNKNOWN }] };
}

function unwrapShell(words: readonly ShellWord[]): Unwrapped {
  for (const [at, word] of words.entries()) {
    if (!isFixedWord(word)) return { kind: 'hidden' };
    const { value } = word;
    if (!/^[-+]/.test(value) || value === '-') return { kind: 'plain' };
    if (/^-[a-zA-Z]*c[a-zA-Z]*$/.test(value)) {
      const script = words.slice(at + 1).find((each) => !/^[-+]/.test(each.value));
      return toScript(script === undefined ? [] : [script]);
    }
    // `-o name` and `--rcfile file` take the next word.
    if (value.startsWith('--') || /[oO]$/.test(value)) return { kind: 'hidden' };
  }
  // It reads a script.
  return { kind: 'hidden' };
}

function toScript(words: readonly ShellWord[]): Unwrapped {
  if (words.length === 0 || !words.every(isFixedWord)) return { kind: 'hidden' };
  return { kind: 'script', source: words.map(({ value }) => value).join(' ') };
}

const FIND_COMMANDS: ReadonlySet<string> = new Set([
  '-exec',
  '-execdir',
  '-ok',
  '-okdir',
  '-x',
  '-X',
  '--exec',
  '--exec-batch',
]);
/** Those that delete or write. */
const FIND_CHANGES: ReadonlySet<string> = new Set(['-delete', '-fprint', '-fprint0', '-fprintf', '-fls']);

function unwrapFind(words: readonly ShellWord[]): Unwrapped {
  const values = words.map(({ value }) => value);
  const at = values.findIndex((value) => FIND_COMMANDS.has(value));
  if (values.some((value) => FIND_CHANGES.has(value))) return { kind: 'hidden' };
  if (at === -1) return words.some((word) => word.value.startsWith(UNKNOWN)) ? { kind: 'hidden' } : { kind: 'plain' };
  const end = values.findIndex((value, index) => index > at && (value === ';' || value === '+'));
  // One command is looked into; a second may stand behind it.
  if (end === -1 || values.slice(end).some((value) => FIND_COMMANDS.has(value))) return { kind: 'hidden' };
  return { kind: 'other', inner: [...words.slice(at + 1, end), { value: UNKNOWN, text: UNKNOWN }] };
}
