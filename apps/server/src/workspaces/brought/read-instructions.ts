import { posix } from 'node:path';

import { listFilesInside } from '../../agent-files/list-files.ts';
import { readTextFile } from '../../agent-files/read-text.ts';

/** The instructions of a folder for the agent. */
export interface Instructions {
  /** The files in which they stand, from the workspace, in the order of `text`. */
  paths: readonly string[];
  text: string;
}

const FILES = ['CLAUDE.md', '.claude/CLAUDE.md', 'CLAUDE.local.md'];
const RULES = '.claude/rules';
/** As Claude Code (2.1.332): a file that an imported file imports, and so on. */
const MAX_IMPORTS_DEEP = 5;
const MAX_FILES = 50;
const MAX_CHARS = 100_000;
const CODE = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g;
const IMPORT = /(?:^|\s)@([^\s`@]+)/g;

/**
 * Reads what a folder tells the agent: CLAUDE.md, `.claude/CLAUDE.md`, CLAUDE.local.md and `.claude/rules`, with the files that they
 * import by `@path`. Text alone: nothing runs, and nothing outside of the workspace is read, by no path and no link. Undefined for none.
 * @param folder From the workspace; empty for the workspace itself.
 */
export async function readInstructions(workspace: string, folder: string): Promise<Instructions | undefined> {
  const found = new Map<string, string>();
  const read = async (path: string, deep: number): Promise<void> => {
    if (found.size >= MAX_FILES || deep > MAX_IMPORTS_DEEP) return;
    const file = await readTextFile(workspace, path);
    if (file === undefined || file.text === null || found.has(file.path)) return;
    found.set(file.path, file.text);
    for (const [, imported = ''] of file.text.replaceAll(CODE, ' ').matchAll(IMPORT))
      if (!posix.isAbsolute(imported) && !imported.startsWith('~'))
        await read(posix.join(posix.dirname(file.path), imported), deep + 1);
  };
  for (const path of FILES) await read(posix.join(folder, path), 0);
  const { paths } = await listFilesInside(workspace, posix.join(folder, RULES));
  for (const path of paths) if (path.endsWith('.md')) await read(posix.join(folder, RULES, path), 0);
  if (found.size === 0) return undefined;
  const text = [...found].map(([path, content]) => `Contents of ${path}:\n\n${content.trim()}`).join('\n\n');
  return {
    paths: [...found.keys()],
    text: text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}\n… (cut here; read the files for the rest)` : text,
  };
}
