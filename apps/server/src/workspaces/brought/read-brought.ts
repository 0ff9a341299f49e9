import { createHash } from 'node:crypto';
import { posix } from 'node:path';

import { listFilesInside } from '../../agent-files/list-files.ts';
import { openPath } from '../../agent-files/open-path.ts';
import { readWhole } from '../../agent-files/read-whole.ts';
import { parseBrought, type ParsedBrought } from './parse-brought.ts';

/** A file as it was read once: what was reviewed is what is served. */
export interface BroughtFile {
  /** From `.claude`, with `/`. */
  path: string;
  content: Buffer;
  isExecutable: boolean;
}

/** What a folder of a workspace brings for Claude Code beside instructions. */
export interface Brought extends ParsedBrought {
  /** All of `.claude` but for settings and instructions: skills, commands, subagents, and what hooks there start. */
  files: readonly BroughtFile[];
  /** SHA-256 over exactly what would run; null where nothing would. */
  digest: string | null;
  /** Why it cannot be trusted; null where it can. */
  problem: string | null;
}

const MAX_FILES = 500;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** In `.claude`, what is no part of what runs. */
const NOT_RUN = /^(?:settings(?:\.local)?\.json|CLAUDE(?:\.local)?\.md|rules\/|worktrees\/)/;

/**
 * Reads what a folder brings: hooks, permissions and other settings of `.claude/settings.json` and `settings.local.json`, the
 * servers of `.mcp.json`, skills, commands and subagents, as Claude Code (2.1.332) looks for them. Follows no link out of the
 * workspace. Undefined for a folder that brings nothing.
 * @param folder From the workspace; empty for the workspace itself.
 */
export async function readBrought(workspace: string, folder: string): Promise<Brought | undefined> {
  const [settings, local, servers] = await Promise.all(
    ['.claude/settings.json', '.claude/settings.local.json', '.mcp.json'].map((path) =>
      readSmall(workspace, posix.join(folder, path)),
    ),
  );
  const { files, problem } = await readFiles(workspace, posix.join(folder, '.claude'));
  const parsed = parseBrought({ settings, local, servers, files });
  if (parsed.items.length === 0 && problem === null) return undefined;
  const isRun = parsed.items.some(({ runs }) => runs);
  return { ...parsed, files, digest: isRun || problem !== null ? toDigest(parsed, files) : null, problem };
}

async function readFiles(workspace: string, folder: string): Promise<{ files: BroughtFile[]; problem: string | null }> {
  // Names alone: each file is opened from the workspace.
  const { paths, truncated } = await listFilesInside(workspace, folder);
  const files: BroughtFile[] = [];
  const wanted = paths.filter((path) => !NOT_RUN.test(path));
  if (truncated || wanted.length > MAX_FILES)
    return { files, problem: `Its folder .claude has more than ${MAX_FILES} files. Take out what is no part of it` };
  let bytes = 0;
  for (const path of wanted) {
    const read = await readOne(workspace, posix.join(folder, path));
    if (read === 'large' || bytes > MAX_BYTES)
      return {
        files: [],
        problem: `.claude/${path} makes it larger than 1 MiB a file and 8 MiB in all. Take out what is no part of it`,
      };
    if (read === undefined) continue;
    bytes += read.content.length;
    files.push({ path, ...read });
  }
  return { files, problem: null };
}

async function readOne(dir: string, path: string): Promise<Omit<BroughtFile, 'path'> | 'large' | undefined> {
  const opened = await openPath(dir, path);
  if (opened === undefined) return undefined;
  await using file = opened.file;
  const isExecutable = ((await file.stat()).mode & 0o111) !== 0;
  const content = await readWhole(file, MAX_FILE_BYTES);
  return content === undefined ? 'large' : { content, isExecutable };
}

async function readSmall(dir: string, path: string): Promise<Buffer | undefined> {
  const read = await readOne(dir, path);
  return read === undefined || read === 'large' ? undefined : read.content;
}

function toDigest({ hooks, servers, allow }: ParsedBrought, files: readonly BroughtFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify([hooks, servers, allow]));
  for (const { path, content, isExecutable } of files)
    hash.update(JSON.stringify([path, isExecutable, content.length])).update(content);
  return hash.digest('hex');
}
