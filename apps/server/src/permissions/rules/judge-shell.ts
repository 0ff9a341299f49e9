import { UNKNOWN } from './command-pattern.ts';
import {
  MAX_CHARS,
  parseShellScript,
  TOO_MUCH,
  type ShellCommand,
  type ShellFile,
  type ShellWord,
} from './shell-script.ts';
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
  /**
   * Texts of the script and of every command, wrapped or not, for rules that deny or ask; `UNKNOWN` is in what only the shell
   * knows, or what was not looked at.
   */
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

/**
 * Bounds of what is looked into. Every rule is compared with all of it, and an agent chooses what it is: beyond a bound, the
 * script cannot be understood.
 */
export const BOUNDS = {
  /** Of commands in commands, such as `sudo sh -c "…"`. */
  layers: 8,
  commands: 200,
  /** Of the words of all commands, those in other commands counted again. */
  chars: 30_000,
  files: 200,
  /** Of the paths of all files: a rule may compare each. */
  pathParts: 400,
} as const;

/** Looks into a script once, for all rules. */
export function judgeShell(source: string): JudgedScript {
  const all = {
    denied: new Set<string>(),
    files: [] as ShellFile[],
    redirections: [] as ShellFile[],
    doubts: [] as string[],
    commands: 0,
    chars: 0,
    pathParts: 0,
  };
  const whole = source.trim();
  all.denied.add(whole.length > MAX_CHARS ? `${whole.slice(0, MAX_CHARS)}${UNKNOWN}` : whole);
  const commands = judgeScript(source, all, 0);
  return {
    source: whole,
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
  /** How many were looked at, the length of their words, and the parts of the paths of files. */
  commands: number;
  chars: number;
  pathParts: number;
}

function judgeScript(source: string, found: Found, depth: number): JudgedCommand[] {
  const { commands, files, doubt } = parseShellScript(source);
  if (doubt !== undefined) found.doubts.push(doubt);
  noteFiles(files, found);
  found.redirections.push(...files);
  return commands.map((command) => judgeCommand(command, found, depth));
}

function judgeCommand({ words, assignments }: ShellCommand, found: Found, depth: number): JudgedCommand {
  if (!isWithinBounds([...assignments, ...words], found, depth)) return NOT_LOOKED_AT;
  const set = assignments.map(({ text }) => text);
  const whole = [...set, ...words.map(toAllowedText)].join(' ');
  if (words.length === 0) return { allowTexts: [whole], exactTexts: [whole], inner: [] };
  const isHarmless = assignments.every(({ name, isFixed }) => isFixed && HARMLESS_VARIABLES.has(name));
  return judgeWords(words, { found, depth, before: isHarmless ? [] : set, exactTexts: [whole] });
}

/** Nothing allows a script with such a command: there is a doubt about it. */
const NOT_LOOKED_AT: JudgedCommand = { allowTexts: [], exactTexts: [], inner: [] };

/** Counts one more command. */
function isWithinBounds(words: readonly { text: string }[], found: Found, depth: number): boolean {
  found.commands += 1;
  for (const { text } of words) found.chars += text.length + 1;
  const isWithin = depth <= BOUNDS.layers && found.commands <= BOUNDS.commands && found.chars <= BOUNDS.chars;
  if (!isWithin) found.doubts.push(TOO_MUCH);
  return isWithin;
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
  noteFiles(findProgramFiles(words), found);
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
        inner: [judgeInner(unwrapped.inner, { ...wrapping, before: [], exactTexts: [] })],
      };
    case 'same': {
      const variables = unwrapped.variables ?? [];
      const isHarmless = variables.every((each) => HARMLESS_VARIABLES.has(each.slice(0, each.indexOf('='))));
      return judgeInner(unwrapped.inner, {
        ...wrapping,
        before: isHarmless ? before : [...before, ...variables],
        exactTexts,
      });
    }
  }
}

/** A command that a wrapper runs. */
function judgeInner(words: readonly ShellWord[], wrapping: Wrapping): JudgedCommand {
  const depth = wrapping.depth + 1;
  return isWithinBounds(words, wrapping.found, depth) ? judgeWords(words, { ...wrapping, depth }) : NOT_LOOKED_AT;
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

function noteFiles(files: readonly ShellFile[], found: Found): void {
  for (const file of files) {
    found.pathParts += file.target.value.split('/').length;
    if (found.files.length >= BOUNDS.files || found.pathParts > BOUNDS.pathParts) {
      found.doubts.push(TOO_MUCH);
      return;
    }
    found.files.push(file);
  }
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
