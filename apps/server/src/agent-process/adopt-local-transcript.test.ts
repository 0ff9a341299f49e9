import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openStore } from '../store/open-store.ts';
import type { TranscriptEntry } from '../store/transcripts.ts';
import { adoptLocalTranscript, type AdoptionBounds } from './adopt-local-transcript.ts';
import { keepResumedTranscript } from './resumed-transcript.ts';
import { toSessionDirs } from '../workspaces/session-dirs.ts';
import { createTranscriptStore } from './transcript-store.ts';

/** Each behind the one whose uuid is the letter before. */
const entry = (uuid: string, rest: object = {}): TranscriptEntry => ({
  ...{ type: 'user', uuid, parentUuid: uuid === 'a' ? null : String.fromCharCode(uuid.charCodeAt(0) - 1) },
  ...rest,
});

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
    async write(lines: readonly string[], { id = agentSessionId, project = '-some-workspace' } = {}) {
      const file = join(dirs.config, 'projects', project, `${id}.jsonl`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, lines.join('\n'));
    },
    append: (...entries: TranscriptEntry[]) => store.transcripts.append({ sessionId: agentSessionId }, entries),
    adopt: (bounds: Partial<AdoptionBounds> = {}) =>
      adoptLocalTranscript(createTranscriptStore(store.transcripts, { agentSessionId }), {
        ...{ dirs, agentSessionId, bounds },
      }),
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
  await made.write(toLines(entry('a')), { id: randomUUID() });
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

describe('what an agent may have written itself', () => {
  it('is taken from the end only, and no line of it that is too long', async () => {
    await using made = await openCase();
    await made.append(entry('a'));
    const written = toLines(entry('b'), entry('c', { parentUuid: 'a' }), entry('d', { text: 'x'.repeat(300) }));
    await made.write([...written, ...toLines(entry('e', { parentUuid: 'c' }))]);
    await made.adopt({ maxBytes: 460, maxLineBytes: 200 });
    expect(await made.load()).toEqual(['a', 'c', 'e']);
  });

  it('is taken from all files together up to one bound', async () => {
    await using made = await openCase();
    await made.append(entry('a'));
    for (const [project, uuid] of Object.entries({ one: 'b', two: 'c' })) {
      await made.write(toLines(entry(uuid, { parentUuid: 'a' })), { project });
    }
    await made.adopt({ maxBytes: 70 });
    expect(await made.load()).toHaveLength(2);
  });

  it('is not taken where it continues nothing that is stored', async () => {
    await using made = await openCase();
    await made.append(entry('a'));
    const strange = [
      entry('x'),
      entry('y'),
      entry('z', { parentUuid: null }),
      entry('k', { type: 'other', parentUuid: 'a' }),
    ];
    await made.write(toLines(...strange, entry('b'), entry('c')));
    await made.adopt();
    expect(await made.load()).toEqual(['a', 'b', 'c']);
  });

  it('is no more than the newest entries', async () => {
    await using made = await openCase();
    await made.append(entry('a'), entry('b'));
    await made.write(toLines(entry('a'), entry('b'), entry('c'), entry('d'), entry('e')));
    await made.adopt({ maxEntries: 2 });
    expect(await made.load()).toEqual(['a', 'b']);
    await made.adopt({ maxEntries: 3 });
    expect(await made.load()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('goes on behind a summary, which begins a chain of its own', async () => {
    await using made = await openCase();
    await made.append(entry('a'));
    await made.write(toLines(entry('s', { type: 'system', parentUuid: null, logicalParentUuid: 'a' }), entry('t')));
    await made.adopt();
    expect(await made.load()).toEqual(['a', 's', 't']);
  });
});

it('leaves out a line without end, and holds no more than the end of the file', async () => {
  await using made = await openCase();
  await made.write(toLines(entry('a')));
  const file = join(made.dirs.config, 'projects', '-some-workspace', `${made.agentSessionId}.jsonl`);
  await appendFile(file, '\n');
  // It takes no room on disk.
  await truncate(file, 100 * 1024 * 1024);
  await appendFile(file, `\n${JSON.stringify(entry('a'))}`);
  const before = process.memoryUsage().rss;
  await made.adopt();
  expect(await made.load()).toEqual(['a']);
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
});
