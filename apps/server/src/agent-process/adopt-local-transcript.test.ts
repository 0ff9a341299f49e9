import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import type { TranscriptEntry } from '../store/transcripts.ts';
import { adoptLocalTranscript } from './adopt-local-transcript.ts';
import { keepResumedTranscript } from './resumed-transcript.ts';
import { toSessionDirs } from './session-dirs.ts';

const entry = (uuid: string, text = uuid): TranscriptEntry => ({ type: 'user', uuid, text });

async function openCase() {
  const data = await createWorkspaceDir();
  const store = await openStore({ url: 'sqlite::memory:' });
  const agentSessionId = randomUUID();
  const dirs = toSessionDirs(data.path, agentSessionId);
  return {
    home: data.path,
    dirs,
    agentSessionId,
    /** Writes lines where the CLI keeps the transcript of a session. */
    async write(lines: readonly string[], id = agentSessionId) {
      const file = join(dirs.config, 'projects', '-some-workspace', `${id}.jsonl`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, lines.join('\n'));
    },
    append: (...entries: TranscriptEntry[]) => store.transcripts.append({ sessionId: agentSessionId }, entries),
    adopt: () => adoptLocalTranscript(store.transcripts, { dirs, agentSessionId }),
    load: async () => (await store.transcripts.load({ sessionId: agentSessionId }))?.map(({ uuid }) => uuid),
    async [Symbol.asyncDispose]() {
      await store.close();
      await data[Symbol.asyncDispose]();
    },
  };
}

const toLines = (...entries: TranscriptEntry[]) => entries.map((each) => JSON.stringify(each));

it('takes over what was written and not mirrored, behind what the store has', async () => {
  await using made = await openCase();
  await made.append(entry('a'), entry('b'));
  await made.write([...toLines(entry('a'), entry('b'), entry('c'), entry('d')), '']);
  await made.adopt();
  await made.adopt();
  expect(await made.load()).toEqual(['a', 'b', 'c', 'd']);
});

it('leaves out a last line that was cut, and what has no uuid to be known by', async () => {
  await using made = await openCase();
  await made.write([...toLines(entry('a'), { type: 'mode' }), '{"type":"user","uuid":"b","te']);
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
});

it('leaves out lines that are no entries at all', async () => {
  await using made = await openCase();
  await made.write(['null', '42', '[]', '"text"', '{"uuid":1,"type":"user"}', ...toLines(entry('a'))]);
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
});

it('takes over what a resumed process wrote, also when its directory is gone', async () => {
  await using made = await openCase();
  await made.append(entry('a'));
  const configDir = join(made.home, 'claude-resume-1');
  const file = join(configDir, 'projects', '-some-workspace', `${made.agentSessionId}.jsonl`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${toLines(entry('a')).join('')}\n`);
  await made.write([]);
  keepResumedTranscript(made.dirs, { configDir, agentSessionId: made.agentSessionId });
  await appendFile(file, toLines(entry('b')).join(''));
  await rm(configDir, { recursive: true });
  await made.adopt();
  expect(await made.load()).toEqual(['a', 'b']);
});

it('takes nothing of another session', async () => {
  await using made = await openCase();
  await made.write(toLines(entry('a')), randomUUID());
  await made.adopt();
  expect(await made.load()).toBeUndefined();
});

it('does nothing where there are no local files', async () => {
  await using made = await openCase();
  await made.append(entry('a'));
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
});

it('waits for no pipe in the place of a transcript, and follows no link', async () => {
  await using made = await openCase();
  const project = join(made.dirs.config, 'projects', '-piped');
  await mkdir(project, { recursive: true });
  await promisify(execFile)('mkfifo', [join(project, `${made.agentSessionId}.jsonl`)]);
  const outside = join(made.home, 'outside.jsonl');
  await writeFile(outside, toLines(entry('secret')).join(''));
  const linked = join(made.dirs.config, 'projects', '-linked');
  await mkdir(linked);
  await symlink(outside, join(linked, `${made.agentSessionId}.jsonl`));
  await mkdir(join(made.home, 'folder'));
  await writeFile(join(made.home, 'folder', `${made.agentSessionId}.jsonl`), toLines(entry('secret')).join(''));
  await symlink(join(made.home, 'folder'), join(made.dirs.config, 'projects', '-linked-folder'));
  await made.write(toLines(entry('a')));
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
});

it('leaves out a line without end, and holds no more than a part of the file', async () => {
  await using made = await openCase();
  await made.write(toLines(entry('a')));
  const file = join(made.dirs.config, 'projects', '-some-workspace', `${made.agentSessionId}.jsonl`);
  await appendFile(file, '\n');
  // It takes no room on disk, and more than a server may take for it in memory.
  await truncate(file, 900 * 1024 * 1024);
  const before = process.memoryUsage().rss;
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
});
