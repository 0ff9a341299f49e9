/** Words that tell a line of an error from the stack around it. */
const TELLING =
  /error|exception|panic|fatal|cannot|can't|not (?:found|set|allowed)|no such|denied|refused|failed|usage|\bhint\b|caused? by|reason:|unable|unreachable|timed out|required|missing/i;
/** A cause, as programs in Rust, Go and Java list them: what comes last began it. */
const CAUSE = /^(?:\d+: |caused? by\b|cause:)/i;
const NOISE =
  /^(?:at |code: '|errno: |syscall: |\d+: 0x|Node\.js v|npm (?:error|notice) (?:A complete log|$)|[\^~{}\s]*$)/;
const MAX_WORDS_CHARS = 200;
const MAX_LAST_LINES = 12;
const MAX_LAST_CHARS = 2000;

/** The line of a program's last words, masked before, that says most, at most 200 characters; undefined when it said nothing. */
export function findLastWords(stderrTail: string): string | undefined {
  const lines = stderrTail.split('\n').map((line) => line.trim());
  const words = lines.filter((line) => line !== '' && !NOISE.test(line));
  const telling = words.findLast((each) => TELLING.test(each)) ?? '';
  const line = telling === '' || CAUSE.test(telling) ? words.at(-1) : telling;
  return line?.slice(0, MAX_WORDS_CHARS);
}

/** The end of what a program wrote, masked before, without empty lines; undefined when it said nothing, or one line that `findLastWords` quotes. */
export function toLastLines(stderrTail: string): string | undefined {
  const lines = stderrTail.split('\n').map((line) => line.trimEnd());
  const said = lines.filter((line) => line.trim() !== '').slice(-MAX_LAST_LINES);
  const isQuoted = said.length === 1 && (said[0]?.length ?? 0) <= MAX_WORDS_CHARS;
  return said.length === 0 || isQuoted ? undefined : said.join('\n').slice(-MAX_LAST_CHARS);
}
