import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { say } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage([{ reply: [say('Hello.')] }]);

it('leaves no file of a session whose deletion was cut by SIGKILL', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.waitForTurns(1);
  const workspace = join(server.dataDir, 'workspaces', chat.sessionId);
  // So many that their removal takes longer than the kill.
  for (let folder = 0; folder < 100; folder += 1) {
    await mkdir(join(workspace, `folder-${folder}`));
    const files = Array.from({ length: 50 }, (_, file) => join(workspace, `folder-${folder}`, `${file}.txt`));
    await Promise.all(files.map((path) => writeFile(path, 'text')));
  }
  const path = `/v1/sessions/${chat.sessionId}`;
  const deleting = server.fetch(path, { method: 'DELETE' }).catch(() => undefined);
  await until('the session is gone', async () => (await server.fetch(path)).status === 404);
  await server.kill('SIGKILL');
  await deleting;
  await server.restart();
  expect((await server.fetch(path)).status).toBe(404);
  const list = async () => [
    ...(await readdir(join(server.dataDir, 'workspaces'))),
    ...(await readdir(join(server.dataDir, 'agents'))),
  ];
  await until('nothing is left', async () => (await list()).length === 0);
});
