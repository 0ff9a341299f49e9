import { splitWords } from './split-words.ts';

/** Resolves the words of a command as paths in the current file system. */
export interface CommandPaths {
  /** Whether a path leads into the workspace, with all links followed. Relative paths begin where the command runs. */
  isInside(path: string): boolean;
  isFolder(path: string): boolean;
}

interface Program {
  /** Options of one letter that take no value. */
  flags: string;
  /** Options of one letter with a value, which follows the letter or is the next word. */
  values?: string;
  /** Whether `-5` is a number of lines. */
  takesNumber?: boolean;
  /** Given two folders, the program would compare their files and follow links in them. */
  takesNoFolder?: boolean;
}

/**
 * Programs that read files, with the options that are known to read only the named files. The table lacks options that
 * read patterns or file names from a file, run programs, follow links below a folder, or wait for more input. It also
 * lacks long options, because each has a short one.
 */
const FILE_PROGRAMS: Readonly<Record<string, Program>> = {
  cat: { flags: 'AbeEnstTuv' },
  cmp: { flags: 'bls', takesNoFolder: true },
  cut: { flags: 'sz', values: 'bcdf' },
  df: { flags: 'ahHiklPT' },
  diff: { flags: 'abBeinqstuwy', values: 'U', takesNoFolder: true },
  du: { flags: 'abchkmsSx', values: 'd' },
  grep: { flags: 'abcEFGhHiIlLnoqrsvwxz', values: 'ABCem' },
  head: { flags: 'qvz', values: 'cn', takesNumber: true },
  ls: { flags: 'aAbBcCdfFgGhiklmnNopqQrRsStuUvxXZ1' },
  md5sum: { flags: 'btz' },
  sha256sum: { flags: 'btz' },
  stat: { flags: 'ft', values: 'c' },
  tail: { flags: 'qvz', values: 'cn', takesNumber: true },
  wc: { flags: 'clLmw' },
};

/** Programs that read no file which the command names, and change nothing, whatever their arguments are. */
const TEXT_PROGRAMS: ReadonlySet<string> = new Set([
  ...['basename', 'dirname', 'echo', 'false', 'id', 'nproc', 'printf', 'pwd', 'seq', 'true', 'uname', 'uptime'],
  ...['which', 'whoami'],
]);

/** Letters, digits and punctuation that no shell gives a meaning to, plus quotes and blanks. */
const PLAIN = /^[\w \t./,:=@%+'"-]*$/;

/**
 * Whether a shell command is known to read only in the workspace: one simple command of a known program with known
 * options, without any expansion, redirection, sequence or pipe, and without paths or links that lead elsewhere.
 */
export function isReadOnlyCommand(command: string, paths: CommandPaths): boolean {
  if (!PLAIN.test(command)) return false;
  const [name, ...words] = splitWords(command) ?? [];
  if (name === undefined) return false;
  if (TEXT_PROGRAMS.has(name)) return true;
  const program = Object.hasOwn(FILE_PROGRAMS, name) ? FILE_PROGRAMS[name] : undefined;
  return program !== undefined && areHarmless(words, program, paths);
}

function areHarmless(words: readonly string[], program: Program, paths: CommandPaths): boolean {
  const end = words.indexOf('--');
  return words.every((word, index) => {
    const isAfterEnd = end !== -1 && index > end;
    if (word === '--' && !isAfterEnd) return true;
    if (!isAfterEnd && word.startsWith('-') && word !== '-') return isKnownOption(word, program);
    // A word that may be a number or a pattern is checked as a path too: it must not lead outside.
    return paths.isInside(word) && !(program.takesNoFolder === true && paths.isFolder(word));
  });
}

/** One word of options: letters, the last of them perhaps with its value. */
function isKnownOption(word: string, { flags, values = '', takesNumber = false }: Program): boolean {
  if (takesNumber && /^-\d+$/.test(word)) return true;
  for (const letter of word.slice(1)) {
    if (values.includes(letter)) return true;
    if (!flags.includes(letter)) return false;
  }
  return true;
}
