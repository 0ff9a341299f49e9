import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import { adoptResumeDirs, recordResumeDir } from './resume-dirs.ts';
import { makeSessionDirs, toSessionDirs } from './session-dirs.ts';

/** A data directory as a dead server leaves it: a session, and a resume directory with transcripts. */
async function openCase() {
  const data = await createWorkspaceDir();
  const store = await openStore({ url: 'sqlite::memory:' });
  const agentSessionId = randomUUID();
  const dirs = toSessionDirs(data.path, agentSessionId);
  await makeSessionDirs(dirs);
  const tempDir = join(data.path, 'tmp');
  const resumeDir = join(tempDir, 'claude-resume-1');
  return {
    agentSessionId,
    dirs,
    resumeDir,
    async write(id: string, uuid: string) {
      const project = join(resumeDir, 'projects', '-some-workspace');
      await mkdir(project, { recursive: true });
      await writeFile(join(project, `${id}.jsonl`), JSON.stringify({ type: 'user', uuid }));
    },
    adopt: () => adoptResumeDirs(store.transcripts, { dataDir: data.path, tempDir }),
    load: async (sessionId: string) => (await store.transcripts.load({ sessionId }))?.map(({ uuid }) => uuid),
    async [Symbol.asyncDispose]() {
      await store.close();
      await data[Symbol.asyncDispose]();
    },
  };
}

it('takes over the transcript of the session that the directory was made for', async () => {
  await using made = await openCase();
  await made.write(made.agentSessionId, 'a');
  recordResumeDir(made.dirs, made.resumeDir);
  await made.adopt();
  expect(await made.load(made.agentSessionId)).toEqual(['a']);
});

it('takes nothing that a process has put there in the name of another session', async () => {
  await using made = await openCase();
  const other = randomUUID();
  await made.write(other, 'a');
  recordResumeDir(made.dirs, made.resumeDir);
  await made.adopt();
  expect(await made.load(other)).toBeUndefined();
});

it('forgets the directory when the next process has the session’s own', async () => {
  await using made = await openCase();
  await made.write(made.agentSessionId, 'a');
  recordResumeDir(made.dirs, made.resumeDir);
  recordResumeDir(made.dirs, made.dirs.config);
  await made.adopt();
  expect(await made.load(made.agentSessionId)).toBeUndefined();
});
