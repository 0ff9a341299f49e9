import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

import { listProcesses, until, type RunningProcess, type TestServer } from '@claude-sdk-pattern/testkit';

/** Folders are named by the transcript; the workspace of the session leads there. */
export async function findAgentDir(server: TestServer, sessionId: string): Promise<string> {
  return join(server.dataDir, 'agents', await readlink(join(server.dataDir, 'workspaces', sessionId)));
}

/** Every process of a session, with its sandbox around it. */
export async function listAgentProcesses(server: TestServer, sessionId: string): Promise<RunningProcess[]> {
  return listProcesses(await findAgentDir(server, sessionId));
}

/** Waits for the CLI itself, not the sandbox around it. */
export function waitForCli(server: TestServer, sessionId: string): Promise<RunningProcess> {
  return until('the CLI runs', async () => {
    const running = await listAgentProcesses(server, sessionId);
    return running.find(({ command }) => /^\S*\/claude /.test(command));
  });
}

/** Whether the CLI has written a text to its own transcript. It does so about 100 ms late (2.1.330). */
export async function hasTranscript(server: TestServer, sessionId: string, text: string): Promise<boolean> {
  const agent = await findAgentDir(server, sessionId);
  const projects = join(agent, 'config', 'projects');
  const entries = await readdir(projects, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath, file.name));
  // Where a resumed process writes.
  const all = [...files, join(agent, 'resumed.jsonl')];
  const texts = await Promise.all(all.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.some((each) => each.includes(text));
}

/** A file of the session's workspace; empty while there is none. */
export function readWorkspaceFile(server: TestServer, sessionId: string, name: string): Promise<string> {
  return readFile(join(server.dataDir, 'workspaces', sessionId, name), 'utf8').catch(() => '');
}
