/**
 * Programs that only read, whatever their plain arguments are. Short on purpose: what is not listed is asked for.
 * `find`, `sort`, `date`, `git` and others are missing because some of their options write or run programs.
 */
const READ_ONLY_PROGRAMS: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'ls',
  'pwd',
  'cat',
  'head',
  'tail',
  'wc',
  'whoami',
  'id',
  'uname',
  'which',
  'true',
  'false',
  'stat',
  'du',
  'df',
  'basename',
  'dirname',
  'nproc',
  'uptime',
  'seq',
  'grep',
  'cut',
  'diff',
  'cmp',
  'md5sum',
  'sha256sum',
]);

/** Letters, digits and punctuation that no shell gives a meaning to, plus quotes and blanks. */
const PLAIN = /^[\w \t./,:=@%+'"-]*$/;

/**
 * Whether a shell command surely only reads, and only below the working directory: one simple command of a known
 * program, without any expansion, redirection, sequence or pipe, and without paths that lead elsewhere.
 */
export function isReadOnlyCommand(command: string): boolean {
  if (!PLAIN.test(command)) return false;
  const words = command.trim().split(/[ \t]+/);
  const program = words[0];
  if (program === undefined || !READ_ONLY_PROGRAMS.has(program)) return false;
  if (program === 'echo' || program === 'printf') return true;
  return words.slice(1).every((word) => !leadsElsewhere(word));
}

function leadsElsewhere(word: string): boolean {
  const bare = word.replaceAll(/['"]/g, '');
  // A path may follow its option without a blank: `grep -f/etc/passwd`.
  if (bare.startsWith('-') && bare.includes('/')) return true;
  return bare.startsWith('/') || /(^|[/=])\.\.(\/|$)/.test(bare) || /=\//.test(bare);
}
