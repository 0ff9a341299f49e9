import type { BackgroundTaskOutput } from '@claude-sdk-pattern/protocol';

import { isSystemError, openFolder } from '../agent-files/folder.ts';
import { openPath } from '../agent-files/open-path.ts';
import { readTail } from '../agent-files/read-tail.ts';

const MAX_OUTPUT_BYTES = 64 * 1024;
/** The agent can write there. */
const MAX_FOLDERS = 20;

/**
 * The end of what a command beside the conversation has printed. Claude Code (2.1.332) writes it to
 * `claude-UID/WORKSPACE/TRANSCRIPT/tasks/ID.output` in its TMPDIR. Undefined where there is no such file.
 */
export async function readTaskOutput(
  tmpDir: string,
  { agentSessionId, taskId }: { agentSessionId: string; taskId: string },
): Promise<BackgroundTaskOutput | undefined> {
  for (const user of await listFolders(tmpDir, /^claude-\d+$/)) {
    for (const workspace of await listFolders(`${tmpDir}/${user}`, /^-/)) {
      const found = await openPath(tmpDir, `${user}/${workspace}/${agentSessionId}/tasks/${taskId}.output`);
      if (found === undefined) continue;
      try {
        const { text, totalBytes, truncated } = await readTail(found.file, MAX_OUTPUT_BYTES);
        return { task_id: taskId, output: text, total_bytes: totalBytes, truncated };
      } finally {
        await found.file.close();
      }
    }
  }
  return undefined;
}

async function listFolders(path: string, pattern: RegExp): Promise<string[]> {
  const names: string[] = [];
  try {
    await using folder = await openFolder(path);
    for await (const { name, kind } of folder.list()) {
      if (kind === 'folder' && pattern.test(name)) names.push(name);
      if (names.length === MAX_FOLDERS) break;
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  return names;
}
