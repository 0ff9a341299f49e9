import type { Hunk } from '../tools/diff-hunks.ts';

const HEAD = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** The hunks of a unified diff of one file, as git writes it. Pure. */
export function parseUnified(diff: string): Hunk[] {
  const hunks: { oldStart: number; newStart: number; lines: string[] }[] = [];
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) hunks.push({ oldStart: Number(head[1]), newStart: Number(head[2]), lines: [] });
    // What comes before the first hunk names the file; a backslash says that the last line has no end.
    else if (!line.startsWith('\\')) hunks.at(-1)?.lines.push(line);
  }
  return hunks;
}
