/** What a program writes, for a log that it cannot fill. */
export interface BoundedLines {
  /** Whole lines, without secrets and without the last line end. */
  add(text: string): void;
  /** Tells what was left out last: the program has ended. */
  end(): void;
}

export interface BoundedLinesOptions {
  maxLinesPerSecond?: number;
  maxCharsPerSecond?: number;
  /** Milliseconds of a clock that does not jump. */
  nowMs?: () => number;
}

const SECOND_MS = 1000;
const MAX_LINE_CHARS = 4000;

/**
 * Gives on what fits into each second, and counts what does not: one line then says how many were left out. A line over
 * 4,000 characters is cut. Bounds what is masked already, because half of a secret in several lines cannot be found.
 */
export function createBoundedLines(
  onText: (text: string) => void,
  { maxLinesPerSecond = 100, maxCharsPerSecond = 32_768, nowMs = () => performance.now() }: BoundedLinesOptions = {},
): BoundedLines {
  let startedMs = -Infinity;
  let lines = 0;
  let chars = 0;
  let leftOut = 0;
  let timer: NodeJS.Timeout | undefined;

  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (leftOut > 0) onText(`… ${leftOut} more ${leftOut === 1 ? 'line is' : 'lines are'} left out`);
    leftOut = 0;
  };
  const takeLine = (line: string): string | undefined => {
    const shown = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line;
    if (lines >= maxLinesPerSecond || chars + shown.length > maxCharsPerSecond) return undefined;
    lines += 1;
    chars += shown.length;
    return shown;
  };

  return {
    add(text) {
      const now = nowMs();
      if (now - startedMs >= SECOND_MS) {
        tell();
        startedMs = now;
        lines = 0;
        chars = 0;
      }
      const all = text.split('\n');
      const kept = all.map(takeLine).filter((line) => line !== undefined);
      if (kept.length > 0) onText(kept.join('\n'));
      leftOut += all.length - kept.length;
      if (leftOut > 0) timer ??= setTimeout(tell, startedMs + SECOND_MS - now).unref();
    },
    end: tell,
  };
}
