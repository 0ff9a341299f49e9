import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { say } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage([{ reply: [say('Hello.')] }]);

/** So many files that what is done with all of them takes longer than a kill. */
async function fill(workspace: string): Promise<void> {
  for (let folder = 0; folder < 100; folder += 1) {
    await mkdir(join(workspace, `folder-${folder}`));
    const files = Array.from({ length: 50 }, (_, file) => join(workspace, `folder-${folder}`, `${file}.txt`));
    await Promise.all(files.map((path) => writeFile(path, 'text')));
  }
}

const listIn = async (name: string) => (await readdir(join(server.dataDir, name))).toSorted();

it('leaves no file of a session whose deletion was cut by SIGKILL', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  const workspace = join(server.dataDir, 'workspaces', chat.sessionId);
  await fill(workspace);
  const path = `/v1/sessions/${chat.sessionId}`;
  const deleting = server.fetch(path, { method: 'DELETE' }).catch(() => undefined);
  await until('the session is gone', async () => (await server.fetch(path)).status === 404);
  await server.kill('SIGKILL');
  await deleting;
  await server.restart();
  expect((await server.fetch(path)).status).toBe(404);
  await until('nothing is left', async () => [await listIn('workspaces'), await listIn('agents')].flat().length === 0);
});

it('leaves no file of a fork that was cut by SIGKILL, and all of its source', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  await fill(join(server.dataDir, 'workspaces', chat.sessionId));
  const before = { workspaces: await listIn('workspaces'), agents: await listIn('agents') };
  const forking = chat.socket.request({ type: 'session.fork', session_id: chat.sessionId }).catch(() => undefined);
  const findCopy = async () => (await listIn('workspaces')).find((name) => !before.workspaces.includes(name));
  await until('its files are being copied', async () => {
    const copy = await findCopy();
    return copy !== undefined && (await listIn(join('workspaces', copy))).length > 0;
  });
  const copy = (await findCopy()) ?? '';
  await server.kill('SIGKILL');
  await forking;
  // Cut in the middle, or this test shows nothing.
  const copied = await listIn(join('workspaces', copy));
  expect(copied.length).toBeLessThan(100);

  await server.restart();

  await until('nothing of it is left', async () => (await listIn('agents')).length === before.agents.length);
  expect({ workspaces: await listIn('workspaces'), agents: await listIn('agents') }).toEqual(before);
  const { data } = (await (await server.fetch('/v1/sessions')).json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual([chat.sessionId]);
  await using again = await openChat(server, { sessionId: chat.sessionId });
  const forked = await again.socket.request({ type: 'session.fork', session_id: chat.sessionId });
  expect(forked).toMatchObject({ result: { session: { parent_session_id: chat.sessionId } } });
});
