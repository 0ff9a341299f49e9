import { UNKNOWN } from './command-pattern.ts';
import { parseShellScript, type ShellCommand, type ShellFile, type ShellWord } from './shell-script.ts';
import { toProgramName, unwrapCommand } from './unwrap-command.ts';

/** One command that a script runs, and the commands that it runs by itself. */
export interface JudgedCommand {
  /** Texts that a rule with wildcards must match to allow it; none where only its exact text may. */
  allowTexts: readonly string[];
  /** Texts that a rule without wildcards must match to allow it with all that it runs. */
  exactTexts: readonly string[];
  /** Each has to be allowed too. */
  inner: readonly JudgedCommand[];
}

export interface JudgedScript {
  /** As it was given, for a rule that names the whole script. */
  source: string;
  /** Each has to be allowed. */
  commands: readonly JudgedCommand[];
  /** Texts of every command, wrapped or not, for rules that deny or ask; `UNKNOWN` is in what only the shell knows. */
  deniedTexts: readonly string[];
  /** What the script opens, of redirections and of programs that are known to open what they are given. */
  files: readonly ShellFile[];
  /** Of `files`, those that have to be allowed. */
  redirections: readonly ShellFile[];
  /** Whether the script may go to another folder, so that it is not known where relative paths of `files` begin. */
  mayMove: boolean;
  /** Why it may run more than that. */
  doubt: string | undefined;
}

/**
 * Environment variables that change nothing about what a command does but how it prints, or what its own tests and tools
 * are told.
 */
const HARMLESS_VARIABLES: ReadonlySet<string> = new Set([
  ...[
    'CI',
    'CLICOLOR',
    'COLUMNS',
    'DEBUG',
    'FORCE_COLOR',
    'LANG',
    'LANGUAGE',
    'LC_ALL',
    'LC_CTYPE',
    'LINES',
    'NODE_ENV',
  ],
  ...['NO_COLOR', 'PYTHONUNBUFFERED', 'RUST_BACKTRACE', 'RUST_LOG', 'TERM', 'TZ', 'GOOS', 'GOARCH'],
]);

/** Looks into a script once, for all rules. */
export function judgeShell(source: string): JudgedScript {
  const all = {
    denied: new Set<string>(),
    files: [] as ShellFile[],
    redirections: [] as ShellFile[],
    doubts: [] as string[],
  };
  const commands = judgeScript(source, all, 0);
  return {
    source: source.trim(),
    commands,
    deniedTexts: [...all.denied],
    files: all.files,
    redirections: all.redirections,
    mayMove: [...all.denied].some((text) => /^(cd|pushd|popd)( |$)/.test(text)),
    doubt: all.doubts[0],
  };
}

interface Found {
  denied: Set<string>;
  files: ShellFile[];
  redirections: ShellFile[];
  doubts: string[];
}

function judgeScript(source: string, found: Found, depth: number): JudgedCommand[] {
  const { commands, files, doubt } = parseShellScript(source, depth);
  if (doubt !== undefined) found.doubts.push(doubt);
  found.files.push(...files);
  found.redirections.push(...files);
  return commands.map((command) => judgeCommand(command, found, depth));
}

function judgeCommand({ words, assignments }: ShellCommand, found: Found, depth: number): JudgedCommand {
  const set = assignments.map(({ text }) => text);
  const whole = [...set, ...words.map(toAllowedText)].join(' ');
  if (words.length === 0) return { allowTexts: [whole], exactTexts: [whole], inner: [] };
  const isHarmless = assignments.every(({ name, isFixed }) => isFixed && HARMLESS_VARIABLES.has(name));
  return judgeWords(words, { found, depth, before: isHarmless ? [] : set, exactTexts: [whole] });
}

interface Wrapping {
  found: Found;
  depth: number;
  /** Variables that are set for the command and have to be in the rule. */
  before: readonly string[];
  exactTexts: readonly string[];
}

function judgeWords(words: readonly ShellWord[], wrapping: Wrapping): JudgedCommand {
  const { found, depth, before } = wrapping;
  const text = [...before, ...words.map(toAllowedText)].join(' ');
  const exactTexts = [...wrapping.exactTexts, text];
  noteDenied(words, found);
  found.files.push(...findProgramFiles(words));
  const unwrapped = unwrapCommand(words);
  switch (unwrapped.kind) {
    case 'plain':
      return { allowTexts: [text], exactTexts, inner: [] };
    case 'hidden':
      found.doubts.push(`${words[0]?.text ?? 'The command'} may run another command`);
      return { allowTexts: [], exactTexts, inner: [] };
    case 'script':
      return { allowTexts: [text], exactTexts, inner: judgeScript(unwrapped.source, found, depth + 1) };
    case 'other':
      return {
        allowTexts: [text],
        exactTexts,
        inner: [judgeWords(unwrapped.inner, { ...wrapping, before: [], exactTexts: [] })],
      };
    case 'same': {
      const variables = unwrapped.variables ?? [];
      const isHarmless = variables.every((each) => HARMLESS_VARIABLES.has(each.slice(0, each.indexOf('='))));
      return judgeWords(unwrapped.inner, {
        ...wrapping,
        before: isHarmless ? before : [...before, ...variables],
        exactTexts,
      });
    }
  }
}

/** Words that mean the same however they are quoted are compared unquoted, all others as they are written. */
function toAllowedText({ value, text }: ShellWord): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : text;
}

function noteDenied(words: readonly ShellWord[], { denied }: Found): void {
  const [first, ...rest] = words;
  if (first === undefined) return;
  const values = rest.map(({ value }) => value);
  denied.add([first.value, ...values].join(' '));
  denied.add([toProgramName(first.value), ...values].join(' '));
  const texts = words.map(({ text }) => text);
  if (!texts.includes(UNKNOWN)) denied.add(texts.join(' '));
}

/** Programs whose words name files that they read, as Claude Code recognises some of them. */
const READERS: ReadonlySet<string> = new Set([
  ...[
    'cat',
    'head',
    'tail',
    'less',
    'more',
    'sed',
    'grep',
    'egrep',
    'fgrep',
    'rg',
    'awk',
    'cut',
    'sort',
    'uniq',
    'wc',
    'nl',
  ],
  ...[
    'od',
    'xxd',
    'hexdump',
    'strings',
    'diff',
    'cmp',
    'cp',
    'mv',
    'ln',
    'tac',
    'source',
    '.',
    'base64',
    'jq',
    'tar',
    'zip',
  ],
]);
/** Programs whose words name files that they change. */
const WRITERS: ReadonlySet<string> = new Set([
  ...[
    'cp',
    'mv',
    'tee',
    'rm',
    'touch',
    'truncate',
    'ln',
    'install',
    'shred',
    'unlink',
    'rmdir',
    'mkdir',
    'chmod',
    'chown',
  ],
]);

function findProgramFiles([first, ...words]: readonly ShellWord[]): ShellFile[] {
  if (first === undefined) return [];
  const name = toProgramName(first.value);
  const writes = WRITERS.has(name) || (name === 'sed' && words.some(({ value }) => /^(-\w*i|--in-place)/.test(value)));
  const targets = words.filter(({ value }) => !value.startsWith('-'));
  return [
    ...(READERS.has(name) ? targets.map((target) => ({ kind: 'read' as const, target })) : []),
    ...(writes ? targets.map((target) => ({ kind: 'write' as const, target })) : []),
  ];
}
